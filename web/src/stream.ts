// stream.ts - the live connection: one at a time, subscribed to what is looked at, back again
// after every fault, and honest about how old the last word from the server is.
import { batch, signal } from "@preact/signals";
import { api, authorization } from "./api";
import { applyRegistry, applyRows, applyState, loadAll } from "./checks";
import { changes, noteChange } from "./changes";
import { SseParser, type ServerEvent } from "./sse";
import type { RegistryEvent, RowUpdate, StateEvent, Summary } from "./types";

/** The server takes at most so many ids. */
export const MOST_IDS = 200;
/** No word for so long, though one is due each second: stale. */
const STALE_MS = 5_000;
const BACKOFF_MOST_MS = 30_000;
/** A hidden page lets go of its connection after this. */
const HIDDEN_MS = 15_000;

type Live = "connecting" | "live" | "stale" | "paused";

export const live = signal<Live>("connecting");
/** When the server was last heard, ms of the local clock; 0 never. */
export const heardAt = signal(0);
export const summary = signal<Summary | null>(null);
/** Answer of the server when it refused the stream: 401 asks for a token. */
export const refused = signal(0);

let ids: string[] = [];
let lastId = "";
let retryMs = 2_000;
let failures = 0;
let controller: AbortController | null = null;
let retryTimer = 0;
let hiddenTimer = 0;

/** Local clock minus this is the server's, ms. */
let skewMs = 0;

/** The server's wall clock, ms. */
export function serverNow(): number {
	return Date.now() - skewMs;
}

function onSummary(value: Summary): void {
	const server = Number(BigInt(value.started_ns) / 1_000_000n) + value.uptime_ns / 1e6;
	skewMs = Date.now() - server;
	summary.value = { ...summary.peek(), ...value };
}

function onEvent(event: ServerEvent): void {
	// another epoch is another start of the server: nothing known of it holds
	if (event.id && lastId && event.id.split(".")[0] !== lastId.split(".")[0]) {
		changes.value = [];
		void loadAll();
	}
	if (event.id) lastId = event.id;
	const data: unknown = JSON.parse(event.data);
	switch (event.type) {
		case "rows":
			return applyRows((data as { rows: RowUpdate[] }).rows);
		case "summary":
			return onSummary(data as Summary);
		case "state":
			applyState(data as StateEvent);
			return noteChange(data as StateEvent);
		case "registry":
			return applyRegistry(data as RegistryEvent);
		case "gap":
			return void loadAll();
	}
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
	const parser = new SseParser(onEvent);
	const decoder = new TextDecoder();
	const reader = body.getReader();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return;
		batch(() => {
			heardAt.value = Date.now();
			live.value = "live";
			parser.push(decoder.decode(value, { stream: true }));
		});
		failures = 0;
		if (parser.retryMs !== null) retryMs = parser.retryMs;
	}
}

async function connect(): Promise<void> {
	clearTimeout(retryTimer);
	controller?.abort();
	const mine = (controller = new AbortController());
	const query = ids.length > 0 ? `ids=${ids.join(",")}` : "view=counters";
	const headers: Record<string, string> = { ...authorization(), Accept: "text/event-stream" };
	if (lastId) headers["Last-Event-ID"] = lastId;
	try {
		const response = await fetch(`/api/v1/stream?${query}`, {
			headers,
			cache: "no-store",
			signal: mine.signal,
		});
		refused.value = response.ok ? 0 : response.status;
		if (response.ok && response.body) await read(response.body);
	} catch {
		// unreachable, cut or given up: all the same, try again
	}
	if (controller === mine) retry();
}

function retry(): void {
	controller = null;
	if (live.peek() !== "paused" && heardAt.peek()) live.value = "stale";
	const wait = Math.min(BACKOFF_MOST_MS, retryMs * 2 ** failures++);
	// spread out the pages that all lost the same server
	retryTimer = window.setTimeout(() => void connect(), wait * (0.5 + Math.random() / 2));
}

/** Look at @wanted (at most MOST_IDS of them) from now on. */
export function subscribe(wanted: string[]): void {
	const next = wanted.slice(0, MOST_IDS);
	if (next.length === ids.length && next.every((id, i) => id === ids[i])) return;
	ids = next;
	if (live.peek() !== "paused") void connect();
}

export function covers(id: string): boolean {
	return ids.includes(id);
}

function pause(): void {
	live.value = "paused";
	clearTimeout(retryTimer);
	controller?.abort();
	controller = null;
}

function wake(): void {
	clearTimeout(hiddenTimer);
	if (live.peek() === "paused") void loadAll();
	else if (live.peek() === "live") return;
	live.value = "connecting";
	failures = 0;
	void connect();
}

/** Connect, and keep the state of the connection true. Call once. */
export function startStream(): void {
	document.addEventListener("visibilitychange", () => {
		if (document.hidden) hiddenTimer = window.setTimeout(pause, HIDDEN_MS);
		else wake();
	});
	addEventListener("online", wake);
	setInterval(() => {
		if (live.peek() === "live" && Date.now() - heardAt.peek() > STALE_MS) {
			// open but silent: a proxy or a dead link holds it
			live.value = "stale";
			void connect();
		}
	}, 1_000);
	void connect();
	// the stream's summaries do not repeat the version
	api.summary().then(onSummary, () => undefined);
}

/** A new token: try with it at once. */
export function reconnect(): void {
	failures = 0;
	void connect();
}
