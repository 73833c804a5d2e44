// counters.tsx - the prober as a whole in one line of numbers, and plain words when something
// about the measuring itself is wrong.
import { bytes, count, duration, percent, rate, uptime } from "./format";
import { live, summary } from "./stream";
import type { Summary } from "./types";
import type { ComponentChildren } from "preact";

interface Props {
	name: string;
	title: string;
	value: string;
	unit?: string;
	children?: ComponentChildren;
}

function Counter({ name, title, value, unit, children }: Props) {
	return (
		<div class="counter" title={title}>
			<dt>{name}</dt>
			<dd>
				<span class="value">{value}</span>
				{unit && <span class="unit">{unit}</span>}
				{children}
			</dd>
		</div>
	);
}

function Floor({ floor }: { floor: NonNullable<Summary["floor"]> }) {
	const p50 = duration(floor.p50_ns);
	const p99 = duration(floor.p99_ns);
	return (
		<Counter
			name="Own floor p50 / p99"
			title="What the built-in responder on this host measures: the tool's own share of every RTT"
			value={p50.value}
			unit={p50.unit === p99.unit ? "" : p50.unit}
		>
			<span class="slash">/</span>
			<span class="value">{p99.value}</span>
			<span class="unit">{p99.unit}</span>
		</Counter>
	);
}

export function Counters() {
	const s = summary.value;
	if (!s) return <dl class="counters is-empty" aria-hidden="true" />;
	const late = duration(s.lateness_us * 1000);
	return (
		<dl class={`counters${live.value === "stale" ? " is-stale" : ""}`} aria-label="Prober">
			<Counter name="Checks" title="Checks registered" value={count(s.checks)} />
			<Counter
				name="Probes a second"
				title={`Measured over the last second; configured ${rate(s.rate)}, at most ${rate(s.rate_cap)}`}
				value={rate(s.rate_measured)}
			>
				<span class="unit">of {rate(s.rate)}</span>
			</Counter>
			<Counter
				name="Loss"
				title="Of all attempts that reached the network since the start"
				value={percent(s.loss_ratio).replace(" %", "")}
				unit={s.loss_ratio === null ? "" : "%"}
			/>
			{s.floor && <Floor floor={s.floor} />}
			<Counter
				name="Worst lateness"
				title="How long after its due time the latest probe of the last second left"
				value={late.value}
				unit={late.unit}
			/>
			<Counter
				name="Stored"
				title={`${count(s.store.samples)} results kept, ${count(s.store.queued)} on their way`}
				value={bytes(s.store.bytes).split(" ")[0] ?? ""}
				unit={bytes(s.store.bytes).split(" ")[1] ?? ""}
			/>
			<Counter name="Up for" title="Since the prober started" value={uptime(s.uptime_ns)} />
		</dl>
	);
}

/** What is wrong with the measuring, worst first. */
function warningsOf(s: Summary): string[] {
	const { store } = s;
	const list: string[] = [];
	if (!s.healthy) list.push("A thread of the prober is silent: what is shown may be old.");
	if (store.errors > 0) {
		const last = store.last_error ? `, the last: ${store.last_error}` : "";
		list.push(`The store failed ${count(store.errors)} times${last}.`);
	}
	if (store.dropped > 0) {
		list.push(`${count(store.dropped)} results were not stored: the store could not keep up.`);
	}
	if (s.results_dropped > 0) {
		list.push(`${count(s.results_dropped)} results were dropped before they were counted.`);
	}
	if (s.ring_no_room > 0) {
		list.push(`${count(s.ring_no_room)} answers found the kernel's ring full; they are “dropped”, not lost.`);
	}
	if (!s.config_ok) list.push("The configuration file has errors; the one before is in force.");
	return list;
}

export function Warnings() {
	const list = summary.value ? warningsOf(summary.value) : [];
	if (list.length === 0) return null;
	return (
		<ul class="warnings" role="alert" aria-label="Warnings">
			{list.map((text) => (
				<li key={text}>{text}</li>
			))}
		</ul>
	);
}
