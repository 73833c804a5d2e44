// facts.tsx - what is known of one check beside its round-trip time.
import type { ComponentChildren } from "preact";
import { className } from "./attempts";
import { count, durationText, keyName, percent, period } from "./format";
import type { Check, ParamValue, Row } from "./types";

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
	return (
		<div class="fact">
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

const SOURCES: Record<string, string> = {
	config: "configuration file",
	api: "added by API or page",
	discovery: "discovery",
	"built-in": "built in",
};

/** Parameters that say something: empty texts and switches that are off do not. */
function saying(value: ParamValue): boolean {
	return value !== "" && value !== null && value !== false && value !== 0 && value !== "any";
}

function paramText(value: ParamValue): string {
	return value === true ? "yes" : String(value);
}

/** What changes with every attempt. */
export function LiveFacts({ row }: { row: Row | null }) {
	if (!row) return null;
	return (
		<dl class="facts">
			<Fact name="Mean">{durationText(row.rtt_mean_ns || null)}</Fact>
			<Fact name="Deviation">{row.rtt_mean_ns ? `± ${durationText(row.rtt_deviation_ns)}` : "–"}</Fact>
			<Fact name="Loss, last 32">{percent(row.loss_recent)}</Fact>
			<Fact name="Lost, all">
				{count(row.lost)} <span class="muted">of {count(row.attempts)}</span>
			</Fact>
			<Fact name="Last result">{row.class ? className(row.class) : "–"}</Fact>
			<Fact name="Stamp">{row.stamp === "none" ? "–" : row.stamp}</Fact>
			<Fact name="TTL">{row.ttl || "–"}</Fact>
		</dl>
	);
}

/** What was asked for. */
export function CheckFacts({ check }: { check: Check }) {
	const params = Object.entries(check.params).filter(([, value]) => saying(value));
	return (
		<section class="panel" aria-label="Settings">
			<h3>Settings</h3>
			<dl class="settings">
				<Fact name="Target">
					<bdi>{check.target}</bdi>
				</Fact>
				<Fact name="Kind">{check.kind}</Fact>
				<Fact name="Interval">{period(check.interval_ns)}</Fact>
				<Fact name="Timeout">{period(check.timeout_ns)}</Fact>
				<Fact name="Late window">{period(check.late_ns)}</Fact>
				{params.map(([name, value]) => (
					<Fact key={name} name={keyName(name)}>
						{paramText(value)}
					</Fact>
				))}
				{Object.entries(check.labels).map(([key, value]) => (
					<Fact key={`label ${key}`} name={key}>
						<bdi class="tag">{value}</bdi>
					</Fact>
				))}
				<Fact name="Source">{SOURCES[check.source] ?? check.source}</Fact>
				<Fact name="Id">
					<code>{check.id}</code>
				</Fact>
			</dl>
		</section>
	);
}
