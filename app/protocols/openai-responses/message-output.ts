import type { EventWriter } from './event-writer.ts';
import type { Output, OutputPart, OutputPlace } from './output.ts';
import type { JsonObject } from './values.ts';

type TextKind = 'text' | 'refusal';

interface Content {
  readonly kind: TextKind;
  text: string;
}

/** A message of the assistant. Text parts that follow each other share it. */
export class MessageOutput implements Output {
  readonly #writer: EventWriter;
  readonly #place: OutputPlace;
  readonly #content: Content[] = [];
  #openParts = 0;
  /** Something else follows: it ends with its last part. */
  #isLast = true;
  #isDone = false;

  constructor(writer: EventWriter, place: OutputPlace) {
    this.#writer = writer;
    this.#place = place;
    writer.write('response.output_item.added', { output_index: place.index, item: this.item('in_progress') });
  }

  openPart(kind: TextKind): OutputPart {
    const content: Content = { kind, text: '' };
    const place = this.#placeOf(this.#content.push(content) - 1);
    // What every delta of this part begins with: it is by far the most frequent event.
    const start = JSON.stringify(place).slice(1, -1);
    this.#openParts += 1;
    this.#writer.write('response.content_part.added', { ...place, part: partOf(content) });
    return {
      append: (text) => {
        content.text += text;
        this.#writeDelta(kind, start, text);
      },
      end: () => this.#endPart(content, place),
    };
  }

  /** No part will be added. */
  close(): void {
    this.#isLast = false;
    if (this.#openParts === 0) this.#finish();
  }

  item(status: string): JsonObject {
    const content = this.#content.map(partOf);
    return { id: this.#place.id, type: 'message', status, role: 'assistant', content };
  }

  #placeOf(contentIndex: number): JsonObject {
    return { item_id: this.#place.id, output_index: this.#place.index, content_index: contentIndex };
  }

  #writeDelta(kind: TextKind, start: string, delta: string): void {
    const fields = `${start},"delta":${JSON.stringify(delta)}`;
    if (kind === 'text') this.#writer.writeText('response.output_text.delta', `${fields},"logprobs":[]}`);
    else this.#writer.writeText('response.refusal.delta', `${fields}}`);
  }

  #endPart(content: Content, place: JsonObject): void {
    const { kind, text } = content;
    if (kind === 'text') this.#writer.write('response.output_text.done', { ...place, text, logprobs: [] });
    else this.#writer.write('response.refusal.done', { ...place, refusal: text });
    this.#writer.write('response.content_part.done', { ...place, part: partOf(content) });
    this.#openParts -= 1;
    if (!this.#isLast && this.#openParts === 0) this.#finish();
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#writer.write('response.output_item.done', { output_index: this.#place.index, item: this.item('completed') });
  }
}

function partOf({ kind, text }: Content): JsonObject {
  return kind === 'text'
    ? { type: 'output_text', annotations: [], logprobs: [], text }
    : { type: 'refusal', refusal: text };
}
