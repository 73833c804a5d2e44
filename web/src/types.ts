// types.ts - what crosses the wire, exactly as the REST API says it (user/api/API.md).

export type State = "pending" | "up" | "degraded" | "down" | "unknown";

export type ResultClass =
	| "ok"
	| "lost"
	| "late"
	| "icmp_error"
	| "refused"
	| "invalid"
	| "send_error"
	| "not_sent"
	| "local_fault"
	| "resolve_error"
	| "dropped"
	| "blocked";

export type Stamp = "none" | "clock" | "socket" | "tc" | "xdp";

export interface Row {
	state: State;
	/** Of the last attempt; null, as all that comes from an attempt, before the first. */
	class: ResultClass | null;
	stamp: Stamp;
	ttl: number;
	rtt_ns: number | null;
	rtt_mean_ns: number | null;
	rtt_deviation_ns: number | null;
	sent_ns: string | null;
	attempts: number;
	lost: number;
	/** The last attempts, oldest first: 1 answered, 0 lost, - local; up to 32. */
	recent: string;
	loss_recent: number | null;
}

export type ParamValue = string | number | boolean | null;

export interface Check {
	id: string;
	name: string;
	kind: string;
	target: string;
	params: Record<string, ParamValue>;
	interval_ns: number;
	timeout_ns: number;
	late_ns: number;
	labels: Record<string, string>;
	source: string;
	row: Row | null;
}

export interface Page<T> {
	items: T[];
	next_cursor: string | null;
	total: number;
	matched: number;
}

export interface Summary {
	version?: string;
	started_ns: string;
	uptime_ns: number;
	checks: number;
	states: Record<State, number>;
	rate: number;
	rate_cap: number;
	rate_measured: number;
	attempts: number;
	classes: Record<ResultClass, number>;
	packets: Record<string, number>;
	loss_ratio: number | null;
	lateness_us: number;
	store: {
		samples: number;
		queued: number;
		dropped: number;
		bytes: number;
		commits: number;
		errors: number;
		last_error: string;
	};
	results_dropped: number;
	ring_no_room: number;
	floor: { p50_ns: number; p99_ns: number } | null;
	healthy: boolean;
	config_ok: boolean;
}

/** sent_ns, attempt, class, rtt_ns, stamp, ttl, submit_delay_ns */
export type SampleRow = [string, number, ResultClass, number | null, Stamp, number, number];

export interface Samples {
	id: string;
	from_ns: string;
	to_ns: string;
	truncated: boolean;
	columns: string[];
	rows: SampleRow[];
}

export interface RowUpdate extends Row {
	id: string;
	target: string;
	success: boolean;
	latency: number | null;
	timestamp: string | null;
}

export interface StateEvent {
	sequence: number;
	id: string;
	name: string;
	old: State;
	state: State;
	class: ResultClass;
	at_ns: string;
}

export interface RegistryEvent {
	sequence: number;
	change: "registered" | "deleted" | "reloaded";
	id: string;
	name: string;
	at_ns: string;
}

export interface Suggestion {
	target: string;
	name: string;
	reason: string;
}

export interface Param {
	name: string;
	type: "number" | "boolean" | "choice" | "text";
	default: string | number | boolean;
	help: string;
	/** Of a number. */
	min?: number;
	max?: number;
	unit?: string;
	/** Of a choice. */
	choices?: string[];
}

export interface Kind {
	name: string;
	help: string;
	params: Param[];
}

export interface FieldError {
	pointer: string;
	detail: string;
}

export interface Problem {
	title: string;
	status: number;
	detail?: string;
	errors?: FieldError[];
}

/** Attempts that ended on our side: they say nothing about the target. */
const LOCAL: ReadonlySet<ResultClass> = new Set<ResultClass>([
	"send_error",
	"not_sent",
	"local_fault",
	"resolve_error",
	"dropped",
	"blocked",
]);

export function isLocal(cls: ResultClass): boolean {
	return LOCAL.has(cls);
}

/** The target itself answered, in time; a router's error also has an RTT, but is no answer. */
export function isAnswer(cls: ResultClass): boolean {
	return cls === "ok" || cls === "refused" || cls === "invalid";
}
