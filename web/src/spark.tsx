// spark.tsx - the live line of a row: RTTs of the last 32 attempts over a strip that says which
// of them were answered. SVG, because only the visible rows have one and CSS colours it.
import type { Trail } from "./trail";
import { TRAIL_SLOTS } from "./trail";

export const SPARK_WIDTH = TRAIL_SLOTS * 5;
const STEP = 5;
const LINE_TOP = 2;
const LINE_HEIGHT = 17;
const STRIP = 24;
const HEIGHT = 28;

interface Paths {
	line: string;
	area: string;
	answered: string;
	lost: string;
	local: string;
	tip: { x: number; y: number } | null;
}

/** Where an RTT lies: small jitter of a steady line stays small, by a span of at least a half. */
function scaleOf(rtts: number[]): (rtt: number) => number {
	const known = rtts.filter((rtt) => rtt > 0);
	const low = Math.min(...known);
	const high = Math.max(...known);
	const span = Math.max(high - low, low * 0.5, 1);
	const base = (low + high - span) / 2;
	return (rtt) => LINE_TOP + LINE_HEIGHT * (1 - (rtt - base) / span);
}

/**
 * @rtts: ns, oldest first; 0: answered, but this page did not see how fast, the line goes on;
 *        negative: not answered, the line breaks.
 */
function linePaths(rtts: number[]): Pick<Paths, "line" | "area" | "tip"> {
	const y = scaleOf(rtts);
	const bottom = LINE_TOP + LINE_HEIGHT + 2;
	let line = "";
	let area = "";
	let start = -1;
	let end = -1;
	let tip: Paths["tip"] = null;
	const close = () => {
		if (start >= 0) area += `L${end} ${bottom}L${start} ${bottom}Z`;
		start = -1;
	};
	rtts.forEach((rtt, i) => {
		const x = i * STEP + STEP / 2;
		if (rtt < 0) close();
		if (rtt <= 0) return;
		end = x;
		const point = `${x} ${y(rtt).toFixed(1)}`;
		line += (start < 0 ? "M" : "L") + point;
		area += (start < 0 ? "M" : "L") + point;
		// a lone point still needs a length to be seen
		if (start < 0) line += "h.01";
		if (start < 0) start = x;
		if (i === rtts.length - 1) tip = { x, y: y(rtt) };
	});
	close();
	return { line, area, tip };
}

/** @recent: oldest first, as the server gives it. */
function pathsOf(trail: Trail, recent: string): Paths {
	const rtts: number[] = [];
	for (let age = TRAIL_SLOTS - 1; age >= 0; age--) {
		const answered = recent[recent.length - 1 - age] === "1";
		rtts.push(answered ? trail.at(age) : -1);
	}
	const paths: Paths = { ...linePaths(rtts), answered: "", lost: "", local: "" };
	for (let age = 0; age < recent.length && age < TRAIL_SLOTS; age++) {
		const x = (TRAIL_SLOTS - 1 - age) * STEP + STEP / 2;
		const mark = recent[recent.length - 1 - age];
		if (mark === "1") paths.answered += `M${x} ${STRIP}v2`;
		else if (mark === "0") paths.lost += `M${x} ${STRIP - 6}v8`;
		else paths.local += `M${x - 1.5} ${STRIP + 1}h3`;
	}
	return paths;
}

/** "30 of the last 32 attempts answered" - what the picture says, in words. */
function describe(recent: string): string {
	const counted = recent.replaceAll("-", "").length;
	const answered = recent.replaceAll(/[^1]/g, "").length;
	return `${answered} of the last ${counted} attempts answered`;
}

export function Spark({ trail, recent }: { trail: Trail; recent: string }) {
	const { line, area, answered, lost, local, tip } = pathsOf(trail, recent);
	return (
		<svg
			class="spark"
			viewBox={`0 0 ${SPARK_WIDTH} ${HEIGHT}`}
			role="img"
			aria-label={describe(recent)}
		>
			<path class="spark-area" d={area} />
			<path class="spark-line" d={line} />
			<path class="spark-answered" d={answered} />
			<path class="spark-lost" d={lost} />
			<path class="spark-local" d={local} />
			{tip && <circle class="spark-tip" cx={tip.x} cy={tip.y} r="2" />}
		</svg>
	);
}
