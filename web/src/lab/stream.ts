/** Asks the lab for work and reads what it tells meanwhile; leaving ends the work there. */

export interface Told {
  readonly name: "waiting" | "progress" | "result" | "refused" | "failed";
  readonly data: Record<string, unknown>;
}

const silent = (message: string): Told => ({ name: "failed", data: { message } });
const GONE = "The lab does not answer: is it still running?";
const BROKEN = "The lab stopped in the middle of its answer.";

/** What the lab tells about `question`. Aborting `signal` closes the connection. */
export async function* ask(kind: string, question: object, signal: AbortSignal): AsyncGenerator<Told> {
  let response: Response;
  try {
    response = await fetch(`/${kind}`, {
      method: "POST", body: JSON.stringify(question), signal,
      headers: { "Content-Type": "application/json" },
    });
  } catch {
    yield silent(GONE);
    return;
  }
  if (!response.ok || !response.body) {
    const told = await response.json().catch(() => ({}));
    yield silent(sentence(String(told.error ?? GONE)));
    return;
  }
  try {
    yield* events(response.body);
  } catch {
    yield silent(BROKEN);
  }
}

async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<Told> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const told = read(part);
      yield told;
      if (told.name !== "waiting" && told.name !== "progress") return;
    }
  }
  throw new Error(BROKEN);
}

/** One event of a stream: two lines, its name and its data. */
export function read(part: string): Told {
  const [name, data] = ["event: ", "data: "].map((key) =>
    part.split("\n").find((line) => line.startsWith(key))!.slice(key.length),
  );
  return { name: name as Told["name"], data: JSON.parse(data!) };
}

export const sentence = (words: string): string =>
  words[0]!.toUpperCase() + words.slice(1) + (/[.?!)]$/.test(words) ? "" : ".");
