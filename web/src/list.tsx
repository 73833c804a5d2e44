// list.tsx - the checks: a table of fixed row height of which only what is seen exists, however
// long it is. What is seen is what the stream is subscribed to.
import { signal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { entries, loadError, loading, total } from "./checks";
import { count } from "./format";
import { ListHead } from "./listhead";
import { listed } from "./order";
import { refine, route } from "./route";
import { CheckRow } from "./row";
import { narrow, rowHeight } from "./screen";
import { covers, MOST_IDS, subscribe } from "./stream";

/** Rows kept above and below the window, so that scrolling shows no blank. */
const OVERSCAN = 6;
const SETTLE_MS = 200;

/** Line under the keyboard, -1 none. Kept while a check is looked at. */
export const selected = signal(-1);
let scrolledTo = 0;

export function moveSelection(by: number): void {
	const last = listed.peek().length - 1;
	if (last < 0) return;
	selected.value = Math.max(0, Math.min(last, selected.peek() + by));
}

export function selectedId(): string {
	return listed.peek()[selected.peek()]?.check.id ?? "";
}

interface Window {
	first: number;
	last: number;
}

/** Lines of @body between the edges of what scrolls it: @scroller, or the window on a phone. */
function visible(body: HTMLElement, scroller: HTMLElement, height: number, n: number): Window {
	const top = body.getBoundingClientRect().top;
	const clip = scroller.getBoundingClientRect();
	const from = Math.max(0, clip.top) - top;
	const to = Math.min(innerHeight, clip.bottom) - top;
	return {
		first: Math.max(0, Math.min(n, Math.floor(from / height))),
		last: Math.max(0, Math.min(n, Math.ceil(to / height))),
	};
}

/** Subscribe around the window; while it stays inside what is subscribed, leave that alone. */
function follow({ first, last }: Window): void {
	const all = listed.peek();
	const seen = all.slice(first, last).map((entry) => entry.check.id);
	if (seen.length > 0 && seen.every(covers)) return;
	const spare = Math.max(0, Math.floor((MOST_IDS - (last - first)) / 4));
	const from = Math.max(0, first - spare);
	subscribe(all.slice(from, from + last - first + 2 * spare).map((entry) => entry.check.id));
}

export function List() {
	const scroller = useRef<HTMLDivElement>(null);
	const body = useRef<HTMLDivElement>(null);
	const cursor = useRef<HTMLDivElement>(null);
	const [view, setView] = useState<Window>({ first: 0, last: 40 });
	const all = listed.value;
	const height = rowHeight();

	const measure = () => {
		if (!body.current || !scroller.current) return;
		const next = visible(body.current, scroller.current, rowHeight(), listed.peek().length);
		setView((old) => (old.first === next.first && old.last === next.last ? old : next));
	};

	useEffect(() => {
		const onScroll = () => {
			scrolledTo = narrow.peek() ? scrollY : (scroller.current?.scrollTop ?? 0);
			measure();
		};
		const observer = new ResizeObserver(measure);
		if (scroller.current) observer.observe(scroller.current);
		// scroll events do not bubble: this catches the window's and the list's own
		document.addEventListener("scroll", onScroll, { capture: true, passive: true });
		addEventListener("resize", measure);
		return () => {
			observer.disconnect();
			document.removeEventListener("scroll", onScroll, { capture: true });
			removeEventListener("resize", measure);
		};
	}, []);

	// back from a check: where the list stood
	useLayoutEffect(() => {
		if (narrow.peek()) scrollTo(0, scrolledTo);
		else if (scroller.current) scroller.current.scrollTop = scrolledTo;
		measure();
	}, []);
	useLayoutEffect(measure, [all.length, height]);

	useEffect(() => {
		const timer = setTimeout(() => follow(view), SETTLE_MS);
		return () => clearTimeout(timer);
	}, [view, all]);

	useSignalEffect(() => {
		const index = selected.value;
		if (index < 0 || !cursor.current) return;
		cursor.current.style.transform = `translateY(${index * rowHeight()}px)`;
		cursor.current.scrollIntoView({ block: "nearest" });
	});

	const first = Math.max(0, view.first - OVERSCAN);
	const shown = all.slice(first, Math.min(all.length, view.last + OVERSCAN));
	const pool = view.last - view.first + 2 * OVERSCAN + 1;
	const active = all[selected.value];
	return (
		<div
			class="list"
			ref={scroller}
			role="grid"
			tabIndex={0}
			aria-label="Checks"
			aria-rowcount={all.length + 1}
			aria-activedescendant={active ? `row-${active.check.id}` : undefined}
		>
			<ListHead />
			<div
				class="list-body"
				role="rowgroup"
				ref={body}
				style={{ height: `${all.length * height}px` }}
			>
				<div class="list-cursor" ref={cursor} style={{ height: `${height}px` }} />
				{shown.map((entry, i) => (
					// lines change their check instead of being made anew while scrolling
					<CheckRow
						key={(first + i) % pool}
						entry={entry}
						index={first + i}
						top={(first + i) * height}
						height={height}
						selected={first + i === selected.value}
					/>
				))}
			</div>
			<ListEmpty shown={all.length} />
		</div>
	);
}

function ListEmpty({ shown }: { shown: number }) {
	if (loadError.value) return <p class="empty is-bad">{loadError.value}</p>;
	if (loading.value) return <p class="empty">Fetching the checks…</p>;
	if (shown === 0 && entries.size === 0) {
		return <p class="empty">Nothing is measured yet. Press “a” to add the first check.</p>;
	}
	if (shown === 0) {
		return (
			<p class="empty">
				No check matches.{" "}
				<button class="link" onClick={() => refine({ query: "", state: "" })}>
					Show all {count(entries.size)}
				</button>
			</p>
		);
	}
	if (entries.size < total.value && !route.value.query) {
		return <p class="empty">{`The first ${count(entries.size)} of ${count(total.value)} checks.`}</p>;
	}
	return null;
}
