// refresh.ts - rows nobody looks at come with the whole list, fetched anew at a pace that costs
// neither side much: at least 20 s, and twenty times what the last fetch took.
import { loadAll } from "./checks";
import { loadSuggestions } from "./commands";
import { live } from "./stream";

const LEAST_MS = 20_000;
const SHARE = 20;

export function startRefresh(): void {
	let wait = LEAST_MS;
	const turn = async () => {
		if (!document.hidden && live.peek() === "live") {
			const start = performance.now();
			await loadAll();
			await loadSuggestions();
			wait = Math.max(LEAST_MS, SHARE * (performance.now() - start));
		}
		setTimeout(() => void turn(), wait);
	};
	setTimeout(() => void turn(), wait);
}
