// chart.tsx - one check's round-trip times: uPlot draws the line, this file the marks of what
// was not answered in time, and tells where the pointer is.
import type uPlot from "uplot";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clock, period } from "./format";
import type { PlotData } from "./plotdata";
import { colour, theme } from "./theme";

export interface Frame {
	min: number;
	max: number;
}

interface Props {
	data: PlotData;
	/** What part of the time axis is shown, s. */
	frame: Frame;
	onZoom: (frame: Frame) => void;
	onReset: () => void;
	/** Place in @data under the pointer, null when it is elsewhere. */
	onPoint: (index: number | null) => void;
	label: string;
}

/** Half of the page's bytes are uPlot: they come after the list has been painted. */
const library = signal<typeof uPlot | null>(null);

export function loadChart(): void {
	void import("uplot").then((module) => (library.value = module.default));
}

const MARK_HEIGHT = 9;
const HEIGHT = 320;
const NARROW_HEIGHT = 240;

function timeLabel(seconds: number, step: number): string {
	const text = clock(seconds * 1e3, step < 1);
	return step >= 60 ? text.slice(0, 5) : text;
}

/** Small jitter of a steady line stays small: the axis spans at least half of the lowest RTT. */
function rttRange(_u: uPlot, low: number | null, high: number | null): [number, number] {
	if (low === null || high === null) return [0, 1e6];
	const span = Math.max(high - low, low * 0.5, 100);
	const middle = (low + high) / 2;
	const pad = span * 0.12;
	return [Math.max(0, middle - span / 2 - pad), middle + span / 2 + pad];
}

/** Round steps of 1, 2, 5 in ns, so that the axis says 20 µs and not 19.8. */
const RTT_STEPS = [...Array(11).keys()].flatMap((e) => [1, 2, 5].map((m) => m * 10 ** e));

function axes(): uPlot.Axis[] {
	const grid = { stroke: colour("grid"), width: 1 };
	const common = { stroke: colour("muted"), grid, ticks: { show: false }, font: "11px system-ui" };
	return [
		{
			...common,
			values: (_u, splits, _axis, _space, step) => splits.map((s) => timeLabel(s, step)),
			space: 80,
			size: 28,
			grid: { show: false },
		},
		{
			...common,
			size: 64,
			space: 44,
			incrs: RTT_STEPS,
			values: (_u, splits) => splits.map((ns) => (ns === 0 ? "0" : period(ns))),
		},
	];
}

/** Lost ones stand at the bottom, late ones hang from the top, ours are short and grey. */
function drawMarks(u: uPlot, data: PlotData): void {
	const { ctx, bbox } = u;
	const ratio = devicePixelRatio;
	const bottom = bbox.top + bbox.height;
	const place = (x: number) => Math.round(u.valToPos(x, "x", true));
	// as wide as the attempt's turn, so that an outage is one block
	const turn = u.valToPos(data.interval, "x", true) - u.valToPos(0, "x", true);
	const width = Math.max(2 * ratio, turn);
	const seen = (x: number) => x >= (u.scales.x?.min ?? 0) && x <= (u.scales.x?.max ?? 0);
	ctx.save();
	const columns = (list: number[], paint: string, height: number) => {
		ctx.fillStyle = paint;
		let edge = 0;
		for (const x of list) {
			if (!seen(x)) continue;
			const from = Math.max(edge, Math.round(u.valToPos(x, "x", true) - width / 2));
			edge = Math.max(edge, Math.round(u.valToPos(x, "x", true) + width / 2));
			ctx.fillRect(from, bottom - height * ratio, edge - from, height * ratio);
		}
	};
	columns(data.lost, colour("down-faint"), bbox.height / ratio);
	columns(data.late, colour("degraded-faint"), bbox.height / ratio);
	columns(data.local, colour("muted"), MARK_HEIGHT / 2);
	columns(data.lost, colour("down"), MARK_HEIGHT);
	columns(data.late, colour("degraded-mark"), MARK_HEIGHT);
	ctx.fillStyle = colour("degraded-mark");
	for (const x of data.late.filter(seen)) {
		const at = place(x);
		ctx.beginPath();
		ctx.moveTo(at, bbox.top);
		ctx.lineTo(at - 4 * ratio, bbox.top + 8 * ratio);
		ctx.lineTo(at + 4 * ratio, bbox.top + 8 * ratio);
		ctx.fill();
	}
	ctx.restore();
}

function area(u: uPlot): CanvasGradient {
	const gradient = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
	gradient.addColorStop(0, colour("accent-faint"));
	gradient.addColorStop(1, colour("accent-none"));
	return gradient;
}

export function Chart(props: Props) {
	const place = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	// callbacks of a chart that outlives many renderings see the newest properties
	const latest = useRef(props);
	latest.current = props;
	const { data, frame, label } = props;
	const shade = theme.value;
	const Plot = library.value;

	useEffect(() => {
		const element = place.current;
		if (!element || !Plot) return;
		const size = () => ({
			width: Math.max(200, element.clientWidth),
			height: element.clientWidth < 600 ? NARROW_HEIGHT : HEIGHT,
		});
		const u = new Plot(
			{
				...size(),
				legend: { show: false },
				padding: [12, 12, 0, 0],
				cursor: {
					y: false,
					drag: { x: true, y: false, setScale: false },
					points: { size: 9, width: 2 },
					bind: {
						dblclick: () => () => {
							latest.current.onReset();
							return null;
						},
					},
				},
				scales: {
					x: { time: true, range: (_u, min, max) => [min, max] },
					y: { range: rttRange },
				},
				axes: axes(),
				series: [
					{},
					{
						stroke: colour("accent"),
						width: 1.5,
						fill: area,
						points: { size: 4, fill: colour("accent") },
					},
				],
				hooks: {
					draw: [(self) => drawMarks(self, latest.current.data)],
					setCursor: [(self) => latest.current.onPoint(self.cursor.idx ?? null)],
					setSelect: [
						(self) => {
							const { left, width } = self.select;
							if (width < 4) return;
							latest.current.onZoom({
								min: self.posToVal(left, "x"),
								max: self.posToVal(left + width, "x"),
							});
							self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
						},
					],
				},
			},
			[latest.current.data.x, latest.current.data.rtt],
			element,
		);
		u.setScale("x", latest.current.frame);
		plot.current = u;
		const observer = new ResizeObserver(() => u.setSize(size()));
		observer.observe(element);
		return () => {
			observer.disconnect();
			u.destroy();
			plot.current = null;
		};
	}, [shade, Plot]);

	useEffect(() => {
		const u = plot.current;
		if (!u) return;
		u.batch(() => {
			u.setData([data.x, data.rtt], false);
			u.setScale("x", latest.current.frame);
		});
	}, [data]);
	useEffect(() => plot.current?.setScale("x", frame), [frame.min, frame.max]);

	return <div class="chart" ref={place} role="img" aria-label={label} />;
}
