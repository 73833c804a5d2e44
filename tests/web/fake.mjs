// fake.mjs - checks that behave like a network: every attempt is a function of check and number,
// so that the live row and the history of any range agree without anything being kept.

const CLASS_NAMES = [
	"ok", "lost", "late", "icmp_error", "refused", "invalid", "send_error", "not_sent",
	"local_fault", "resolve_error", "dropped", "blocked",
];
const SITES = ["ams", "fra", "lhr", "cdg", "sin", "nrt", "iad", "sfo", "gru", "syd"];
const ROLES = ["core", "edge", "leaf", "spine", "gw", "dns", "cdn", "db"];
const DAY_ATTEMPTS = 86_400;

/** The row of a check before its first attempt. */
const UNTRIED = {
	state: "pending",
	class: null,
	stamp: "none",
	ttl: 0,
	rtt_ns: null,
	rtt_mean_ns: null,
	rtt_deviation_ns: null,
	sent_ns: null,
	attempts: 0,
	lost: 0,
	recent: "",
	loss_recent: null,
};

/** A number in [0, 1) that depends on @a and @b only. */
function dice(a, b) {
	let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
	h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
	h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
	return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/** How check @i behaves: most are well, some lossy, some slow, few dead. */
function characterOf(i) {
	const kind = dice(i, 1);
	const base = 18_000 * Math.exp(dice(i, 2) * 8.6);
	const loss = kind < 0.93 ? 0 : kind < 0.97 ? 0.01 : kind < 0.985 ? 0.15 : 0.02;
	return { base, jitter: 0.01 + dice(i, 3) * 0.12, loss, dead: kind > 0.9965, flaps: kind > 0.985 };
}

/** What became of attempt @n. */
function outcome(check, n) {
	const { base, jitter, loss, dead, flaps } = check.character;
	const out = flaps && dice(check.i, Math.floor(n / 40) + 7e6) < 0.1;
	if (dead || out || dice(check.i, n + 1e6) < loss) {
		const late = !dead && dice(check.i, n + 2e6) < 0.08;
		return { cls: late ? "late" : "lost", rtt: late ? 1.2e9 + 2e9 * dice(check.i, n) : null };
	}
	const noise = dice(check.i, n + 3e6) + dice(check.i, n + 4e6) - 1;
	const spike = dice(check.i, n + 5e6) > 0.985 ? 1 + 3 * dice(check.i, n + 6e6) * jitter * 8 : 1;
	const wave = 1 + 0.6 * jitter * Math.sin(n / 97 + check.i);
	return { cls: "ok", rtt: Math.round(base * wave * spike * (1 + jitter * noise)) };
}

export class FakeNet {
	constructor(size) {
		this.startedMs = Date.now() - DAY_ATTEMPTS * 1000;
		this.checks = new Map();
		this.next = 0;
		this.now = Math.floor(Date.now() / 1000);
		for (let i = 0; i < size; i++) this.add({});
		this.tick();
	}

	add(body) {
		const i = this.next++;
		const id = (0xc0ffee0000000000n + BigInt(i)).toString(16);
		const site = SITES[i % SITES.length];
		const role = ROLES[Math.floor(i / SITES.length) % ROLES.length];
		const address = `198.18.${(i >> 8) & 255}.${i & 255}`;
		const check = {
			id,
			name: `${role}-${Math.floor(i / 80) + 1}.${site}`,
			kind: "icmp",
			target: address,
			params: { size: 56, ttl: 64, dscp: 0, dont_fragment: false, family: "any", fwmark: 0, source: "", device: "" },
			interval_ns: 1e9,
			timeout_ns: 1e9,
			late_ns: 4e9,
			labels: { site, role },
			source: i % 3 ? "config" : "api",
			...body,
		};
		Object.defineProperty(check, "i", { value: i });
		Object.defineProperty(check, "character", { value: body.character ?? characterOf(i) });
		check.row = UNTRIED;
		this.checks.set(id, check);
		return check;
	}

	/** Bring all rows to the current second. Return: changes of state. */
	tick() {
		this.now = Math.floor(Date.now() / 1000);
		const changes = [];
		for (const check of this.checks.values()) {
			const old = check.row.state;
			check.row = this.rowOf(check);
			if (old !== check.row.state && old !== "pending") changes.push({ check, old });
		}
		return changes;
	}

	rowOf(check) {
		let recent = "";
		let answered = null;
		for (let n = this.now - 31; n <= this.now; n++) {
			const { cls, rtt } = outcome(check, n);
			recent += cls === "ok" ? "1" : "0";
			if (cls === "ok") answered = rtt;
		}
		const last = outcome(check, this.now);
		const lostNow = recent.replaceAll("1", "").length;
		const { base, jitter, loss } = check.character;
		const attempts = this.now - Math.floor(this.startedMs / 1000);
		const state = recent.endsWith("000") ? "down" : lostNow > 3 ? "degraded" : "up";
		return {
			state,
			class: last.cls,
			stamp: last.cls === "lost" ? "none" : ["xdp", "tc", "tc", "tc", "socket"][check.i % 5],
			ttl: last.cls === "ok" ? 64 - (check.i % 19) : 0,
			rtt_ns: last.rtt ?? answered,
			rtt_mean_ns: answered === null ? null : Math.round(base),
			rtt_deviation_ns: answered === null ? null : Math.round(base * jitter * 0.4),
			sent_ns: String(BigInt(this.now) * 1_000_000_000n + BigInt(check.i) * 1000n),
			attempts,
			lost: Math.round(attempts * loss) + lostNow,
			recent,
			loss_recent: lostNow / 32,
		};
	}

	samples(check, fromMs, toMs, limit) {
		const first = Math.max(Math.ceil(fromMs / 1000), Math.floor(this.startedMs / 1000));
		const last = Math.min(Math.floor(toMs / 1000), this.now);
		const rows = [];
		for (let n = first; n <= last && rows.length < limit; n++) {
			const { cls, rtt } = outcome(check, n);
			const sent = BigInt(n) * 1_000_000_000n + BigInt(check.i) * 1000n;
			const stamp = cls === "lost" ? "none" : "tc";
			const submit = 600 + Math.floor(900 * dice(n, check.i));
			rows.push([String(sent), n - Math.floor(this.startedMs / 1000), cls, rtt, stamp, cls === "ok" ? 64 : 0, submit]);
		}
		return { rows, truncated: rows.length === limit && first + limit <= last };
	}

	summary(extra) {
		const states = { pending: 0, up: 0, degraded: 0, down: 0, unknown: 0 };
		let lost = 0;
		let attempts = 0;
		for (const { row } of this.checks.values()) {
			states[row.state]++;
			lost += row.lost;
			attempts += row.attempts;
		}
		const n = this.checks.size;
		const classes = Object.fromEntries(CLASS_NAMES.map((name) => [name, 0]));
		return {
			started_ns: String(BigInt(this.startedMs) * 1_000_000n),
			uptime_ns: (Date.now() - this.startedMs) * 1e6,
			checks: n,
			states,
			rate: n,
			rate_cap: 2 * n,
			rate_measured: n * (0.9995 + 0.001 * dice(this.now, 1)),
			attempts,
			classes: { ...classes, ok: attempts - lost, lost },
			packets: { duplicate: 0, corrupt: 0, wrong_source: 0, reordered: 0 },
			loss_ratio: attempts ? lost / attempts : null,
			lateness_us: Math.round(90 + 200 * dice(this.now, 2)),
			store: { samples: attempts, queued: 812, dropped: 0, bytes: attempts * 1.4, commits: DAY_ATTEMPTS, errors: 0, last_error: "" },
			results_dropped: 0,
			ring_no_room: 0,
			floor: { p50_ns: 1080 + Math.round(40 * dice(this.now, 3)), p99_ns: 1990 + Math.round(300 * dice(this.now, 4)) },
			healthy: true,
			config_ok: true,
			...extra,
		};
	}
}
