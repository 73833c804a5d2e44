// format.ts - numbers and times as people read them; no state.

/** A number and its unit apart, so that columns of numbers line up. */
interface Measure {
	value: string;
	unit: string;
}

const DURATIONS: [number, string][] = [
	[1e9, "s"],
	[1e6, "ms"],
	[1e3, "µs"],
];

/** Three digits that matter: 980 ns, 23.4 µs, 1.07 ms, 12.5 s. */
export function duration(ns: number | null | undefined): Measure {
	if (ns === null || ns === undefined) return { value: "–", unit: "" };
	for (const [size, unit] of DURATIONS) {
		// 999.96 µs would print as 1000 µs
		if (ns >= size * 0.9995) return { value: three(ns / size), unit };
	}
	return { value: String(Math.round(ns)), unit: "ns" };
}

function three(value: number): string {
	return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}

export function durationText(ns: number | null | undefined): string {
	const { value, unit } = duration(ns);
	return unit ? `${value} ${unit}` : value;
}

/** Intervals and timeouts are round numbers: 1 s, 250 ms, not 1.00 s. */
export function period(ns: number): string {
	for (const [size, unit] of [[60e9, "min"] as [number, string], ...DURATIONS]) {
		if (ns >= size) return `${Number((ns / size).toFixed(3))} ${unit}`;
	}
	return `${ns} ns`;
}

/** 0 %, 0.03 %, 2.5 %, 100 %: what is not zero never looks like zero. */
export function percent(ratio: number | null | undefined): string {
	if (ratio === null || ratio === undefined) return "–";
	const value = ratio * 100;
	if (value === 0 || value === 100) return `${value} %`;
	if (value < 0.01) return "< 0.01 %";
	if (value > 99.9) return "> 99.9 %";
	return `${value.toFixed(value < 1 ? 2 : 1)} %`;
}

/** A parameter's key for people: "dont_fragment" is "dont fragment", "ttl" is "TTL". */
export function keyName(key: string): string {
	return /^[^aeiou_]+$/.test(key) ? key.toUpperCase() : key.replaceAll("_", " ");
}

const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function count(value: number): string {
	return counts.format(value).replaceAll(",", "\u202f");
}

/** Rates keep a digit while they are small. */
export function rate(value: number): string {
	return value < 100 && value % 1 !== 0 ? value.toFixed(1) : count(value);
}

export function bytes(value: number): string {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let i = 0;
	while (value >= 1024 && i < units.length - 1) {
		value /= 1024;
		i++;
	}
	return `${i === 0 ? value : three(value)} ${units[i]}`;
}

/** ns as a decimal string (or a bigint's) to milliseconds for Date; sub-ms digits are lost. */
export function nsToMs(ns: string): number {
	return ns.length > 6 ? Number(ns.slice(0, -6)) + Number(ns.slice(-6)) / 1e6 : 0;
}

export function msToNs(ms: number): string {
	return String(BigInt(Math.floor(ms)) * 1_000_000n);
}

const two = (value: number) => String(value).padStart(2, "0");

/** 14:03:07 in the reader's zone; with milliseconds when asked. */
export function clock(ms: number, millis = false): string {
	const d = new Date(ms);
	const text = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
	return millis ? `${text}.${String(d.getMilliseconds()).padStart(3, "0")}` : text;
}

/** The clock, with the date before it when it is not today's. */
export function moment(ms: number, now: number): string {
	const d = new Date(ms);
	const same = d.toDateString() === new Date(now).toDateString();
	const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
	return same ? clock(ms) : `${day} ${clock(ms)}`;
}

/** 3 d 4 h, 12 min, 8 s: the two largest units. */
export function uptime(ns: number): string {
	const s = Math.floor(ns / 1e9);
	const parts: [number, string][] = [
		[Math.floor(s / 86400), "d"],
		[Math.floor(s / 3600) % 24, "h"],
		[Math.floor(s / 60) % 60, "min"],
		[s % 60, "s"],
	];
	const first = parts.findIndex(([n]) => n > 0);
	if (first < 0) return "0 s";
	const shown = parts.slice(first, first + 2).filter(([n]) => n > 0);
	return shown.map(([n, unit]) => `${n} ${unit}`).join(" ");
}
