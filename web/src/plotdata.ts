// plotdata.ts - attempts as columns for the chart, with holes where the line must break.
import { nsToMs } from "./format";
import { isAnswer, isLocal, type SampleRow } from "./types";

export interface PlotData {
	/** Seconds since 1970. */
	x: number[];
	/** RTT in ns of what was answered in time, null else. */
	rtt: (number | null)[];
	/** The attempt behind each place; null: a hole put in between. */
	rows: (SampleRow | null)[];
	/** Seconds between attempts. */
	interval: number;
	lost: number[];
	late: number[];
	local: number[];
}

/** Longer without any attempt than so many intervals: nothing was measured, not a slope. */
const HOLE_INTERVALS = 4;

export function plotData(rows: SampleRow[], intervalNs: number): PlotData {
	const data: PlotData = {
		x: [],
		rtt: [],
		rows: [],
		interval: intervalNs / 1e9,
		lost: [],
		late: [],
		local: [],
	};
	const hole = Math.max(0.5, HOLE_INTERVALS * data.interval);
	let last = 0;
	for (const row of rows) {
		const x = nsToMs(row[0]) / 1e3;
		if (last && x - last > hole) {
			data.x.push((last + x) / 2);
			data.rtt.push(null);
			data.rows.push(null);
		}
		last = x;
		const [, , cls, rtt] = row;
		data.x.push(x);
		data.rows.push(row);
		data.rtt.push(isAnswer(cls) ? rtt : null);
		if (cls === "late") data.late.push(x);
		else if (isLocal(cls)) data.local.push(x);
		else if (cls === "lost" || cls === "icmp_error") data.lost.push(x);
	}
	return data;
}
