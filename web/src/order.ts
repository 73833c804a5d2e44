// order.ts - which checks are listed and in what order: search, state, column.
import { computed } from "@preact/signals";
import { entries, revision, type Entry } from "./checks";
import { route, type SortKey } from "./route";
import type { State } from "./types";

/** Worst first: what needs eyes stands on top. */
const SEVERITY: Record<State, number> = { down: 0, degraded: 1, unknown: 2, pending: 3, up: 4 };
const STAMPS = ["xdp", "tc", "socket", "clock", "none"];

/** No value sorts last, whichever way. */
const NOTHING = Number.POSITIVE_INFINITY;

function keyOf(entry: Entry, sort: SortKey): number {
	const row = entry.row.peek();
	switch (sort) {
		case "name":
			return entry.rank;
		case "state":
			return SEVERITY[row?.state ?? "pending"];
		case "rtt":
			return row?.rtt_ns || NOTHING;
		case "deviation":
			return row?.rtt_mean_ns ? (row.rtt_deviation_ns ?? NOTHING) : NOTHING;
		case "loss":
			return row?.loss_recent ?? NOTHING;
		case "stamp":
			return STAMPS.indexOf(row?.stamp ?? "none");
		case "target":
			return 0;
	}
}

const byTarget = new Intl.Collator("en", { numeric: true });

/** All words must be found, anywhere in name, target, kind, id or labels. */
function matcher(query: string, state: State | ""): (entry: Entry) => boolean {
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	return (entry) => {
		if (state && (entry.row.peek()?.state ?? "pending") !== state) return false;
		for (const word of words) if (!entry.text.includes(word)) return false;
		return true;
	};
}

function arrange(
	all: Iterable<Entry>,
	query: string,
	state: State | "",
	sort: SortKey,
	descending: boolean,
): Entry[] {
	const match = matcher(query, state);
	const keyed: { key: number; entry: Entry }[] = [];
	for (const entry of all) if (match(entry)) keyed.push({ key: keyOf(entry, sort), entry });
	const sign = descending ? -1 : 1;
	keyed.sort((a, b) => {
		if (a.key !== b.key) {
			if (a.key === NOTHING) return 1;
			if (b.key === NOTHING) return -1;
			return sign * (a.key - b.key);
		}
		const order =
			sort === "target" ? sign * byTarget.compare(a.entry.check.target, b.entry.check.target) : 0;
		return order || a.entry.rank - b.entry.rank;
	});
	return keyed.map(({ entry }) => entry);
}

/** The list as shown. */
export const listed = computed<Entry[]>(() => {
	void revision.value;
	const { query, state, sort, descending } = route.value;
	return arrange(entries.values(), query, state, sort, descending);
});
