// route.ts - what is looked at, kept in the address bar, so that a link shows the same.
//
//   #/?q=core&state=down&sort=-rtt        the list
//   #/check/00c0ffee00c0ffee?range=1h     one check
import { computed, signal } from "@preact/signals";
import type { State } from "./types";

const SORT_KEYS = ["state", "name", "target", "rtt", "deviation", "loss", "stamp"] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const STATES = ["down", "degraded", "unknown", "pending", "up"] as const;

export const RANGES = { "1m": 60, "10m": 600, "1h": 3600, "6h": 21600, "24h": 86400 } as const;
export type Range = keyof typeof RANGES;

interface Route {
	/** The check looked at, "" for the list. */
	id: string;
	query: string;
	state: State | "";
	sort: SortKey;
	descending: boolean;
	range: Range;
}

const START: Route = {
	id: "",
	query: "",
	state: "",
	sort: "state",
	descending: false,
	range: "10m",
};

/** @hash: with its "#". What it does not say comes from @last. */
function parseRoute(hash: string, last: Route): Route {
	const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
	const params = new URLSearchParams(search);
	const check = /^\/check\/([0-9a-f]{16})$/.exec(path);
	if (check) {
		const range = params.get("range") ?? "";
		return {
			...last,
			id: check[1] ?? "",
			range: range in RANGES ? (range as Range) : START.range,
		};
	}
	const sort = params.get("sort") ?? "";
	const key = sort.replace(/^-/, "") as SortKey;
	const state = params.get("state") as State;
	return {
		...last,
		id: "",
		query: params.get("q") ?? "",
		state: STATES.includes(state) ? state : "",
		sort: SORT_KEYS.includes(key) ? key : START.sort,
		descending: sort.startsWith("-") && SORT_KEYS.includes(key),
	};
}

function formatRoute(route: Route): string {
	const params = new URLSearchParams();
	if (route.id) {
		if (route.range !== START.range) params.set("range", route.range);
	} else {
		if (route.query) params.set("q", route.query);
		if (route.state) params.set("state", route.state);
		if (route.sort !== START.sort || route.descending) {
			params.set("sort", (route.descending ? "-" : "") + route.sort);
		}
	}
	const search = params.toString();
	return `#/${route.id ? `check/${route.id}` : ""}${search ? `?${search}` : ""}`;
}

export const route = signal<Route>(START);
export const checkId = computed(() => route.value.id);

/** Begin to follow the address bar. */
export function startRoute(): void {
	const read = () => (route.value = parseRoute(location.hash, route.peek()));
	addEventListener("hashchange", read);
	read();
}

/** Another look at the same thing: replaces the entry of the history. */
export function refine(change: Partial<Route>): void {
	route.value = { ...route.peek(), ...change };
	history.replaceState(null, "", formatRoute(route.value));
}

/** A step of its own in the history. The event of the new hash comes too late for the next key. */
function go(next: Route): void {
	route.value = next;
	location.hash = formatRoute(next);
}

let cameFromList = false;

export function openCheck(id: string, range: Range = START.range): void {
	cameFromList = route.peek().id === "";
	go({ ...route.peek(), id, range });
}

/** Back to the list as it was; from a deep link there is nothing to go back to. */
export function openList(): void {
	if (cameFromList) {
		cameFromList = false;
		history.back();
	} else {
		go({ ...route.peek(), id: "" });
	}
}
