// api.ts - one request to the REST API and its errors. Reads carry the token too, because a
// listener beyond loopback asks for it.
import type {
	Check,
	FieldError,
	Kind,
	Page,
	Problem,
	Samples,
	Suggestion,
	Summary,
} from "./types";
import { token } from "./token";

const BASE = "/api/v1";

/** What the server (or the lack of one) said; `status` 0: it was not reached. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly fields: FieldError[] = [],
	) {
		super(message);
	}
}

async function problemOf(response: Response): Promise<ApiError> {
	let problem: Partial<Problem> = {};
	try {
		problem = (await response.json()) as Problem;
	} catch {
		// not ours to answer in JSON: a proxy's page, say
	}
	const text = problem.detail || problem.title || `the server answered ${response.status}`;
	return new ApiError(response.status, text, problem.errors ?? []);
}

/** Headers of any request; the stream needs them as well. */
export function authorization(): Record<string, string> {
	return token.value ? { Authorization: `Bearer ${token.value}` } : {};
}

async function request(method: string, path: string, body?: unknown, signal?: AbortSignal) {
	const init: RequestInit = { method, headers: authorization(), cache: "no-store" };
	if (body !== undefined) {
		init.body = JSON.stringify(body);
		init.headers = { ...authorization(), "Content-Type": "application/json" };
	}
	if (signal) init.signal = signal;
	let response: Response;
	try {
		response = await fetch(BASE + path, init);
	} catch (error) {
		if (signal?.aborted) throw error;
		throw new ApiError(0, "sonde cannot be reached");
	}
	if (!response.ok) throw await problemOf(response);
	return response;
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
	return (await (await request("GET", path, undefined, signal)).json()) as T;
}

export const api = {
	checks: (cursor: string | null, limit: number) =>
		get<Page<Check>>(
			`/checks?limit=${limit}` + (cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""),
		),
	check: (id: string) => get<Check>(`/checks/${id}`),
	samples: (id: string, from: string, to: string, limit: number, signal?: AbortSignal) =>
		get<Samples>(`/checks/${id}/samples?from=${from}&to=${to}&limit=${limit}`, signal),
	summary: () => get<Summary>("/summary"),
	suggestions: async () => (await get<{ items: Suggestion[] }>("/suggestions")).items,
	kinds: async () => (await get<{ items: Kind[] }>("/kinds")).items,
	add: async (body: object) => (await (await request("POST", "/checks", body)).json()) as Check,
	remove: async (id: string) => void (await request("DELETE", `/checks/${id}`)),
};
