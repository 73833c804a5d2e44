// detail.tsx - one check: how it is now, how it was, how it is measured.
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Attempts, className, classTone } from "./attempts";
import { Chart, type Frame } from "./chart";
import { entries, fetchOne, revision, type Entry } from "./checks";
import { fixedBy } from "./commands";
import { openDialog } from "./dialogs";
import { CheckFacts, LiveFacts } from "./facts";
import { clock, durationText, nsToMs } from "./format";
import { History } from "./history";
import { plotData } from "./plotdata";
import { openList, RANGES, refine, route, type Range } from "./route";
import { Quantity } from "./row";
import { second } from "./screen";
import { StateLabel } from "./state";
import { serverNow, subscribe } from "./stream";
import type { Check, SampleRow } from "./types";

function Ranges({ zoomed, onLive }: { zoomed: boolean; onLive: () => void }) {
	return (
		<div class="ranges" role="group" aria-label="Range">
			{(Object.keys(RANGES) as Range[]).map((range) => (
				<button
					key={range}
					class={`chip${!zoomed && route.value.range === range ? " is-on" : ""}`}
					aria-pressed={!zoomed && route.value.range === range}
					data-range={range}
					onClick={() => {
						onLive();
						refine({ range });
					}}
				>
					{range}
				</button>
			))}
			{zoomed && (
				<button class="chip is-on" onClick={onLive}>
					Back to live
				</button>
			)}
		</div>
	);
}

/** The attempt under the pointer, else the newest. */
function Readout({ row }: { row: SampleRow | null | undefined }) {
	if (!row) return <p class="readout muted">&nbsp;</p>;
	const [sent, , cls, rtt, stamp, ttl, submit] = row;
	return (
		<p class="readout">
			<time>{clock(nsToMs(sent), true)}</time>
			<span class={`result tone-${classTone(cls)}`}>{className(cls)}</span>
			{rtt !== null && <b>{durationText(rtt)}</b>}
			<span class="muted">submit delay {durationText(submit)}</span>
			{ttl > 0 && <span class="muted">TTL {ttl}</span>}
			{stamp !== "none" && <span class="muted">{stamp}</span>}
		</p>
	);
}

function Legend() {
	return (
		<p class="legend muted" aria-hidden="true">
			<span class="key-answer">answer</span>
			<span class="key-lost">lost</span>
			<span class="key-late">late</span>
			<span class="key-local">not sent or ours</span>
			<span class="legend-help">drag to zoom, double click for live</span>
		</p>
	);
}

/** The last @span s. It moves by what is seen: a chart of a day need not be drawn each second. */
function liveFrame(span: number): Frame {
	void second.value;
	const step = Math.max(1, span / 1000);
	const max = Math.ceil(serverNow() / 1e3 / step) * step;
	return { min: max - span, max };
}

function HistoryPanel({ check }: { check: Check }) {
	const { range } = route.value;
	const spanMs = RANGES[range] * 1e3;
	const history = useMemo(() => new History(check, spanMs), [check.id, spanMs]);
	useEffect(() => () => history.close(), [history]);
	const rows = history.rows.value;
	const data = useMemo(() => plotData(rows, check.interval_ns), [rows]);
	const zoom = useSignal<Frame | null>(null);
	const point = useSignal<number | null>(null);
	const frame = zoom.value ?? liveFrame(spanMs / 1e3);
	const pointed = point.value === null ? rows.at(-1) : data.rows[point.value];
	return (
		<>
			<section class="panel history" aria-label="History">
				<div class="history-head">
					<Ranges zoomed={zoom.value !== null} onLive={() => (zoom.value = null)} />
					<Readout row={pointed} />
				</div>
				<Chart
					data={data}
					frame={frame}
					onZoom={(next) => (zoom.value = next)}
					onReset={() => (zoom.value = null)}
					onPoint={(index) => (point.value = index)}
					label={`Round-trip times of the last ${range}; the table below has the last attempts`}
				/>
				<Legend />
				{history.error.value && <p class="is-bad">{history.error.value}</p>}
				{history.cut.value && (
					<p class="muted">More attempts than a page draws: only the newest part is shown.</p>
				)}
				{!history.loading.value && rows.length === 0 && !history.error.value && (
					<p class="muted">Nothing kept for this range yet.</p>
				)}
			</section>
			<Attempts rows={rows} />
		</>
	);
}

function Now({ entry }: { entry: Entry }) {
	const { check } = entry;
	const row = entry.row.value;
	const state = row?.state ?? "pending";
	const fixed = fixedBy(check);
	return (
		<section class={`now is-${state}`} aria-label="Now">
			<div class="now-title">
				<button class="button" title="Back to the list (Esc)" onClick={openList}>
					<span aria-hidden="true">←</span> All checks
				</button>
				<span class="gap" />
				<button
					class="button danger"
					disabled={fixed !== ""}
					title={fixed || "Delete (d)"}
					onClick={() => openDialog({ kind: "delete", check })}
				>
					Delete
				</button>
			</div>
			<div class="now-main">
				<div class="now-name">
					<h2>
						<bdi>{check.name}</bdi>
					</h2>
					<p>
						<StateLabel state={state} />
						<bdi class="muted">{check.target}</bdi>
					</p>
				</div>
				<div class="big">
					{state === "down" ? (
						<span class="no-answer">no answer</span>
					) : (
						<Quantity ns={row?.rtt_ns || null} />
					)}
				</div>
			</div>
			<LiveFacts row={row} />
		</section>
	);
}

export function Detail({ id }: { id: string }) {
	const missing = useSignal(false);
	void revision.value;
	const entry = entries.get(id);
	useEffect(() => {
		subscribe([id]);
		scrollTo(0, 0);
		if (!entries.has(id)) void fetchOne(id).then((found) => (missing.value = !found));
	}, [id]);
	if (!entry) {
		return (
			<p class="empty">
				{missing.value ? "No check has this id. " : "Fetching the check… "}
				<a href="#/">All checks</a>
			</p>
		);
	}
	return (
		<div class="detail">
			<Now entry={entry} />
			<HistoryPanel check={entry.check} />
			<CheckFacts check={entry.check} />
		</div>
	);
}
