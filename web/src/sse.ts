// sse.ts - a parser of server-sent events, fed with chunks cut anywhere.
//
// EventSource cannot send an Authorization header, so the stream is read by fetch and
// parsed here, by the rules of the HTML standard (9.2.6).

export interface ServerEvent {
	type: string;
	data: string;
	/** The last id seen so far, "" before the first. */
	id: string;
}

export class SseParser {
	/** Milliseconds of the last `retry:` field, null before the first. */
	retryMs: number | null = null;
	lastId = "";
	private buffer = "";
	private afterCr = false;
	private atStart = true;
	private type = "";
	private data: string[] = [];

	constructor(private readonly emit: (event: ServerEvent) => void) {}

	push(chunk: string): void {
		if (chunk === "") return;
		if (this.atStart) {
			this.atStart = false;
			if (chunk.charCodeAt(0) === 0xfeff) chunk = chunk.slice(1);
		}
		// a CR at the end of the last chunk already ended its line
		if (this.afterCr && chunk.startsWith("\n")) chunk = chunk.slice(1);
		this.afterCr = chunk.endsWith("\r");
		const lines = (this.buffer + chunk).split(/\r\n|\r|\n/);
		this.buffer = lines.pop() ?? "";
		for (const line of lines) this.line(line);
	}

	private line(line: string): void {
		if (line === "") return this.dispatch();
		const colon = line.indexOf(":");
		if (colon === 0) return;
		const field = colon < 0 ? line : line.slice(0, colon);
		let value = colon < 0 ? "" : line.slice(colon + 1);
		if (value.startsWith(" ")) value = value.slice(1);
		switch (field) {
			case "event":
				this.type = value;
				break;
			case "data":
				this.data.push(value);
				break;
			case "id":
				if (!value.includes("\0")) this.lastId = value;
				break;
			case "retry":
				if (/^[0-9]+$/.test(value)) this.retryMs = Number(value);
				break;
		}
	}

	private dispatch(): void {
		const { type, data } = this;
		this.type = "";
		this.data = [];
		if (data.length === 0) return;
		this.emit({ type: type || "message", data: data.join("\n"), id: this.lastId });
	}
}
