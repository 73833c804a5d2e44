// title.ts - the window's title: what is down is seen from another tab.
import { effect } from "@preact/signals";
import { entries, revision } from "./checks";
import { checkId } from "./route";
import { summary } from "./stream";

export function startTitle(): void {
	effect(() => {
		void revision.value;
		const down = summary.value?.states.down ?? 0;
		const name = entries.get(checkId.value)?.check.name;
		const parts = [down > 0 ? `${down} down` : "", name ?? "", "sonde"];
		document.title = parts.filter(Boolean).join(" · ");
	});
}
