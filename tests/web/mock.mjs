#!/usr/bin/env node
// mock.mjs - the REST API of user/api/API.md over a made-up network: for working on the page and
// as the far side of its tests. A test double; it measures nothing and is never shipped.
//
//   node tests/web/mock.mjs [--checks N] [--port P]
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { FakeNet } from "./fake.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
export const PAGE = process.env.SONDE_WEB ?? join(HERE, "../../out/web/page");
const CSP =
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const EPOCH = "5eed";

const number = (name, min, max, def, help, unit) => ({ name, help, ...(unit && { unit }), type: "number", default: def, min, max });
const text = (name, max_bytes, help) => ({ name, help, type: "text", default: "", max_bytes });
const choice = (name, choices, def, help) => ({ name, help, type: "choice", default: def, choices });

const KINDS = [
	{
		name: "icmp",
		help: "ICMP echo, IPv4 and IPv6",
		params: [
			number("size", 0, 65507, 56, "payload of each echo request", "bytes"),
			number("ttl", 1, 255, 64, "TTL, or hop limit, of each request"),
			number("dscp", 0, 63, 0, "differentiated services code point"),
			{ name: "dont_fragment", help: "set DF, so that a path with a smaller MTU answers with an error", type: "boolean", default: false },
			choice("family", ["any", "4", "6"], "any", "address family to use when the target is a name"),
			number("fwmark", 0, 4294967295, 0, "firewall mark of each request, for policy routing"),
			text("source", 47, "source address; empty takes the route's"),
			text("device", 15, "interface or VRF to send from; empty takes the route's"),
		],
	},
];

class Mock {
	constructor({ checks = 10_000, token = "mock-token", suggestions, summary = {} }) {
		this.token = token;
		this.net = new FakeNet(checks);
		this.summaryExtra = summary;
		this.suggestions = suggestions ?? [
			{ target: "192.0.2.1", name: "default gateway", reason: "default route via eth0" },
			{ target: "192.0.2.53", name: "resolver", reason: "/etc/resolv.conf" },
		];
		this.streams = new Set();
		this.refuses = false; // streams, as a server that is starting does
		this.sequence = 0;
		this.locked = false; // reads need the token, too, as beyond loopback
		this.requests = [];
		this.violations = [];
		this.clients = new Set();
		this.timer = setInterval(() => this.turn(), 1000);
		this.server = createServer((request, response) => this.route(request, response));
		this.server.on("connection", (socket) => {
			this.clients.add(socket);
			socket.on("close", () => this.clients.delete(socket));
		});
	}

	async listen(port = 0) {
		await new Promise((resolve) => this.server.listen(port, "127.0.0.1", resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}/`;
		return this;
	}

	close() {
		clearInterval(this.timer);
		for (const socket of this.clients) socket.destroy();
		return new Promise((resolve) => this.server.close(resolve));
	}

	/** Cut every connection, as a restarted server or a lost network does. */
	cut() {
		for (const socket of this.clients) socket.destroy();
	}

	turn() {
		for (const { check, old } of this.net.tick()) this.emitState(check, old);
		for (const stream of this.streams) {
			const rows = stream.ids.map((id) => this.net.checks.get(id)).filter(Boolean).map(rowFrame);
			if (rows.length > 0) this.send(stream.response, "rows", { rows });
			this.send(stream.response, "summary", this.net.summary(this.summaryExtra));
		}
	}

	emitState(check, old) {
		const { id, name, row } = check;
		this.emit("state", { id, name, old, state: row.state, class: row.class });
	}

	emit(type, data) {
		const sequence = ++this.sequence;
		const full = { sequence, ...data, at_ns: String(BigInt(Date.now()) * 1_000_000n) };
		for (const { response } of this.streams) this.send(response, type, full);
	}

	send(response, type, data) {
		response.write(`id: ${EPOCH}.${this.sequence}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	route(request, response) {
		const url = new URL(request.url, "http://mock");
		this.requests.push({ method: request.method, path: url.pathname + url.search, headers: request.headers });
		if (!url.pathname.startsWith("/api/v1/")) return this.file(url.pathname, response);
		const path = url.pathname.slice("/api/v1".length);
		const check = /^\/checks\/([0-9a-f]{16})(\/samples)?$/.exec(path);
		if ((this.locked || request.method !== "GET") && request.headers.authorization !== `Bearer ${this.token}`) {
			return problem(response, 401, "Unauthorized", "a valid token is needed for this");
		}
		if (check) return this.oneCheck(request, response, url, check[1], check[2]);
		switch (`${request.method} ${path}`) {
			case "GET /checks":
				return this.list(url, response);
			case "POST /checks":
				return this.register(request, response);
			case "GET /summary":
				return json(response, 200, { version: "mock", ...this.net.summary(this.summaryExtra) });
			case "GET /suggestions":
				return json(response, 200, { items: this.suggestions });
			case "GET /kinds":
				return json(response, 200, { items: KINDS });
			case "GET /stream":
				return this.stream(url, request, response);
		}
		return problem(response, 404, "Not Found", "no such path");
	}

	file(path, response) {
		const name = path === "/" ? "/index.html" : path;
		try {
			const body = readFileSync(join(PAGE, name.replaceAll("..", "")));
			response.writeHead(200, {
				"Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
				"Content-Security-Policy": CSP,
				"X-Content-Type-Options": "nosniff",
			});
			response.end(body);
		} catch {
			problem(response, 404, "Not Found", "no such file");
		}
	}

	list(url, response) {
		const limit = Number(url.searchParams.get("limit") ?? 1000);
		const from = Number(url.searchParams.get("cursor") ?? 0);
		const all = [...this.net.checks.values()];
		const items = all.slice(from, from + limit);
		const next = from + limit < all.length ? String(from + limit) : null;
		json(response, 200, { items, next_cursor: next, total: all.length, matched: all.length });
	}

	oneCheck(request, response, url, id, samples) {
		const check = this.net.checks.get(id);
		if (!check) return problem(response, 404, "Not Found", "no check has this id");
		if (request.method === "DELETE") {
			if (check.source === "config") return problem(response, 403, "Forbidden", "the check comes from the configuration file");
			this.net.checks.delete(id);
			this.emit("registry", { change: "deleted", id, name: check.name });
			response.writeHead(204);
			return response.end();
		}
		if (!samples) return json(response, 200, check);
		const ms = (name, def) => (url.searchParams.has(name) ? Number(BigInt(url.searchParams.get(name)) / 1_000_000n) : def);
		const limit = Number(url.searchParams.get("limit") ?? 10_000);
		const [from, to] = [ms("from", Date.now() - 600_000), ms("to", Date.now())];
		const columns = ["sent_ns", "attempt", "class", "rtt_ns", "stamp", "ttl", "submit_delay_ns"];
		const { rows, truncated } = this.net.samples(check, from, to, limit);
		return json(response, 200, { id, from_ns: `${from}000000`, to_ns: `${to}000000`, truncated, columns, rows });
	}

	async register(request, response) {
		let raw = "";
		for await (const chunk of request) raw += chunk;
		const body = JSON.parse(raw);
		const errors = [];
		if (!body.target) errors.push({ pointer: "/target", detail: "is missing" });
		if (body.interval && !/^\d+(ns|us|ms|s|m|h)$/.test(body.interval)) {
			errors.push({ pointer: "/interval", detail: 'must be a duration like "250ms", or whole ns' });
		}
		const size = body.params?.size;
		if (size !== undefined && !(Number.isInteger(size) && size >= 0 && size <= 65507)) {
			errors.push({ pointer: "/params/size", detail: "must be a whole number from 0 to 65507" });
		}
		if (errors.length > 0) return problem(response, 400, "Bad Request", "the body has errors", errors);
		const check = this.net.add({
			name: body.name ?? body.target,
			target: body.target,
			labels: body.labels ?? {},
			source: "api",
			character: { base: 240_000, jitter: 0.05, loss: 0, dead: false, flaps: false },
		});
		this.suggestions = this.suggestions.filter(({ target }) => target !== body.target);
		this.emit("registry", { change: "registered", id: check.id, name: check.name });
		return json(response, 201, check);
	}

	stream(url, request, response) {
		const ids = (url.searchParams.get("ids") ?? "").split(",").filter(Boolean);
		if (this.refuses) return problem(response, 503, "Service Unavailable", "not now");
		if (ids.length > 200) return problem(response, 400, "Bad Request", "at most 200 ids");
		response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
		response.write("retry: 200\n\n");
		const stream = { ids, response, lastId: request.headers["last-event-id"] ?? "" };
		this.streams.add(stream);
		this.send(response, "summary", this.net.summary(this.summaryExtra));
		response.on("close", () => this.streams.delete(stream));
	}
}

function rowFrame({ id, target, row }) {
	const timestamp = row.sent_ns && new Date(Number(BigInt(row.sent_ns) / 1_000_000n)).toISOString();
	return { id, ...row, target, success: row.class === "ok", latency: row.rtt_ns, timestamp };
}

function json(response, status, value) {
	response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
	response.end(JSON.stringify(value));
}

function problem(response, status, title, detail, errors) {
	response.writeHead(status, { "Content-Type": "application/problem+json" });
	response.end(JSON.stringify({ type: "about:blank", title, status, detail, ...(errors && { errors }) }));
}

export function startMock(options = {}) {
	return new Mock(options).listen(options.port);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const option = (name, def) => {
		const at = process.argv.indexOf(`--${name}`);
		return at < 0 ? def : Number(process.argv[at + 1]);
	};
	const mock = await startMock({ checks: option("checks", 10_000), port: option("port", 0) });
	console.log(`${mock.url}#token=${mock.token}`);
}
