// checks.ts - all checks as this page knows them, and everything that changes them: the list,
// fetched whole now and then, and the stream's rows, states and registry in between.
import { batch, signal, type Signal } from "@preact/signals";
import { api, ApiError } from "./api";
import { Trail } from "./trail";
import type { Check, RegistryEvent, Row, RowUpdate, State, StateEvent } from "./types";

/** One check: its row is a signal of its own, so that only its line is drawn again. */
export interface Entry {
	check: Check;
	row: Signal<Row | null>;
	trail: Trail;
	/** Position in the order of names, for sorting by integers. */
	rank: number;
	/** What a search looks at, in lower case. */
	text: string;
}

const PAGE = 10_000;
/** More than this is not kept in a browser; the page says so. */
const MOST = 100_000;
/** Single fetches up to this many registry changes at once, the whole list above. */
const ONE_BY_ONE = 20;

export const entries = new Map<string, Entry>();
/** Grows when the set of checks, or what they are sorted by, has changed. */
export const revision = signal(0);
export const loading = signal(true);
export const loadError = signal("");
/** How many checks there are on the server. */
export const total = signal(0);

const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function textOf(check: Check): string {
	const labels = Object.entries(check.labels).map(([key, value]) => `${key}=${value}`);
	return [check.name, check.target, check.kind, check.id, ...labels].join("\n").toLowerCase();
}

function put(check: Check): void {
	const old = entries.get(check.id);
	if (old) {
		if (old.check.name !== check.name) old.text = textOf(check);
		old.check = check;
		// the stream may have been quicker than the list
		if (check.row && check.row.attempts >= (old.row.peek()?.attempts ?? 0)) {
			old.row.value = check.row;
			old.trail.push(check.row);
		}
		return;
	}
	const trail = new Trail();
	if (check.row) trail.push(check.row);
	entries.set(check.id, { check, row: signal(check.row), trail, rank: 0, text: textOf(check) });
}

function rankAll(): void {
	const all = [...entries.values()];
	all.sort(
		(a, b) => byName.compare(a.check.name, b.check.name) || (a.check.id < b.check.id ? -1 : 1),
	);
	all.forEach((entry, i) => (entry.rank = i));
}

let running: Promise<void> | null = null;

/** Fetch the whole list; a second call while one runs is the same call. */
export function loadAll(): Promise<void> {
	running ??= fetchAll().finally(() => (running = null));
	return running;
}

async function fetchAll(): Promise<void> {
	const seen = new Set<string>();
	const before = new Set(entries.keys());
	let cursor: string | null = null;
	try {
		do {
			const page: Awaited<ReturnType<typeof api.checks>> = await api.checks(cursor, PAGE);
			batch(() => {
				for (const check of page.items) {
					seen.add(check.id);
					put(check);
				}
				total.value = page.total;
			});
			cursor = page.next_cursor;
			rankAll();
			batch(() => {
				loading.value = false;
				revision.value++;
			});
		} while (cursor !== null && seen.size < MOST);
		for (const id of before) if (!seen.has(id)) entries.delete(id);
		batch(() => {
			loadError.value = "";
			revision.value++;
		});
	} catch (error) {
		loadError.value = error instanceof Error ? error.message : String(error);
	}
}

/** Rows of the stream. Checks the page does not know are left to the registry's events. */
export function applyRows(rows: RowUpdate[]): void {
	batch(() => {
		for (const row of rows) {
			const entry = entries.get(row.id);
			if (!entry) continue;
			entry.trail.push(row);
			entry.row.value = row;
		}
	});
}

export function applyState(event: StateEvent): void {
	const entry = entries.get(event.id);
	const row = entry?.row.peek();
	if (!entry || !row || row.state === event.state) return;
	entry.row.value = { ...row, state: event.state };
	soon();
}

/** A changed order is shown at most twice a second. */
let timer = 0;
function soon(): void {
	timer ||= window.setTimeout(() => {
		timer = 0;
		revision.value++;
	}, 500);
}

const wanted = new Set<string>();
let wantedTimer = 0;

export function applyRegistry(event: RegistryEvent): void {
	if (event.change === "deleted") {
		wanted.delete(event.id);
		forget(event.id);
		return;
	}
	wanted.add(event.id);
	wantedTimer ||= window.setTimeout(() => void fetchWanted(), 200);
}

async function fetchWanted(): Promise<void> {
	wantedTimer = 0;
	const ids = [...wanted];
	wanted.clear();
	if (ids.length > ONE_BY_ONE) return loadAll();
	for (const id of ids) await fetchOne(id);
}

/** Fetch one check and put it into the list. Return: whether it exists. */
export async function fetchOne(id: string): Promise<boolean> {
	try {
		add(await api.check(id));
		return true;
	} catch (error) {
		return !(error instanceof ApiError && error.status === 404);
	}
}

/** A check just registered, by this page or by somebody else. */
export function add(check: Check): void {
	const fresh = !entries.has(check.id);
	put(check);
	rankAll();
	batch(() => {
		if (fresh) total.value++;
		revision.value++;
	});
}

export function forget(id: string): void {
	if (!entries.delete(id)) return;
	total.value--;
	soon();
}

export function countStates(): Record<State, number> {
	const states = { pending: 0, up: 0, degraded: 0, down: 0, unknown: 0 };
	for (const entry of entries.values()) states[entry.row.peek()?.state ?? "pending"]++;
	return states;
}
