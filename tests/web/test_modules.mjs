#!/usr/bin/env node
// test_modules.mjs - parts of the page without a browser: the parser of server-sent events, the
// numbers as people read them, the trail of the live line.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { done, ok } from "./browser.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const web = fileURLToPath(new URL("../../web/src/", import.meta.url));

/** Modules of the page, without a browser. */
async function load(names) {
	let esbuild;
	try {
		esbuild = require("esbuild");
	} catch {
		console.log("1..0 # SKIP esbuild is not installed (tools/setup)");
		process.exit(77);
	}
	const folder = mkdtempSync(join(tmpdir(), "sonde-web-"));
	const outExtension = { ".js": ".mjs" };
	const entryPoints = names.map((name) => join(web, `${name}.ts`));
	esbuild.buildSync({ entryPoints, bundle: true, format: "esm", outdir: folder, outExtension });
	const modules = {};
	for (const name of names) Object.assign(modules, await import(pathToFileURL(join(folder, `${name}.mjs`))));
	rmSync(folder, { recursive: true });
	return modules;
}

const { SseParser, duration, durationText, percent, period, nsToMs, uptime, Trail, plotData } = await load([
	"plotdata",
	"sse",
	"format",
	"trail",
]);

function parse(...chunks) {
	const events = [];
	const parser = new SseParser((event) => events.push(event));
	for (const chunk of chunks) parser.push(chunk);
	return { events, parser };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const TEXT = 'retry: 2000\n\nid: 5eed.7\nevent: rows\ndata: {"rows":[]}\n\n: alive\n\ndata: a\ndata: b\n\n';
const WHOLE = [
	{ type: "rows", data: '{"rows":[]}', id: "5eed.7" },
	{ type: "message", data: "a\nb", id: "5eed.7" },
];
ok(same(parse(TEXT).events, WHOLE), "events, comments and data of two lines are parsed");
ok(parse(TEXT).parser.retryMs === 2000, "retry: is remembered");
ok(parse(TEXT).parser.lastId === "5eed.7", "the last id stays for the events after it");

let cuts = 0;
for (let i = 0; i <= TEXT.length; i++) {
	if (same(parse(TEXT.slice(0, i), TEXT.slice(i)).events, WHOLE)) cuts++;
}
ok(cuts === TEXT.length + 1, "a cut between any two characters changes nothing");
ok(same(parse(...TEXT).events, WHOLE), "one character at a time gives the same");
for (const [name, end] of [["CRLF", "\r\n"], ["CR", "\r"]]) {
	const text = TEXT.replaceAll("\n", end) + (end === "\r" ? ":\r" : "");
	ok(same(parse(text).events, WHOLE), `${name} ends lines`);
	ok(same(parse(...text).events, WHOLE), `${name} cut anywhere ends lines`);
}
ok(same(parse("\ufeffdata: x\n\n").events.length, 1), "a byte order mark is skipped");
ok(parse("data: x\n").events.length === 0, "an event without its empty line is not dispatched");
ok(parse("event: x\n\n").events.length === 0, "an event without data is not dispatched");
ok(parse("data\n\n").events[0].data === "", "a field without colon has an empty value");
ok(parse("data:  x\n\n").events[0].data === " x", "only one space after the colon is taken");
ok(parse("id: a\0b\ndata: x\n\n").events[0].id === "", "an id with a NUL is ignored");
ok(parse("retry: 1e3\n\n").parser.retryMs === null, "a retry that is no number is ignored");
ok(parse("event: x\n\ndata: y\n\n").events[0].type === "message", "a type does not outlive its event");

const durations = [
	[null, "–"], [0, "0 ns"], [980, "980 ns"], [999.9, "1.00 µs"], [1234, "1.23 µs"], [23412, "23.4 µs"],
	[999_960, "1.00 ms"], [1_070_000, "1.07 ms"], [99_960_000, "100 ms"], [12_500_000_000, "12.5 s"],
];
ok(durations.every(([ns, text]) => durationText(ns) === text), "durations have three digits and a unit");
ok(duration(1e9).unit === "s", "a second is a second");
ok(period(1e9) === "1 s" && period(250e6) === "250 ms" && period(90e9) === "1.5 min", "periods are round");
ok(
	[[0, "0 %"], [1, "100 %"], [0.00001, "< 0.01 %"], [0.0312, "3.1 %"], [0.9999, "> 99.9 %"], [null, "–"]].every(
		([ratio, text]) => percent(ratio) === text,
	),
	"a loss that is not zero never looks like zero",
);
ok(nsToMs("1767323045123456789") === 1767323045123.4568, "ns of 64 bits keep their microseconds");
ok(uptime(93_784e9) === "1 d 2 h" && uptime(59e9) === "59 s", "uptime has two units");

const row = (attempts, rtt_ns, cls = "ok") => ({ attempts, rtt_ns, class: cls });
const trail = new Trail();
for (let i = 1; i <= 40; i++) trail.push(row(i, i * 1000));
ok(trail.at(0) === 40000 && trail.at(31) === 9000 && trail.at(32) === 0, "a trail keeps 32 attempts");
trail.push(row(41, 40000, "lost"));
ok(trail.at(0) === 0 && trail.at(1) === 40000, "a lost attempt has no time, though the row still tells the last");
trail.push(row(45, 7000));
ok(trail.at(0) === 7000 && trail.at(1) === 0 && trail.at(5) === 40000, "attempts not seen leave holes");
trail.push(row(2, 5000));
ok(trail.at(0) === 5000 && trail.at(1) === 0, "a restart begins anew");

const sample = (second, cls, rtt) => [`${second}000000000`, second, cls, rtt, "tc", 64, 900];
const plot = plotData([sample(1, "ok", 5), sample(2, "icmp_error", 7), sample(3, "late", 9), sample(20, "ok", 6)], 1e9);
ok(JSON.stringify(plot.rtt) === "[5,null,null,null,6]", "only answers in time are on the line, and nothing bridges a hole");
ok(plot.lost.join() === "2" && plot.late.join() === "3", "a router's error is a loss, whatever time it took");
done();
