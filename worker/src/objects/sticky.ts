/** What one unit was given before: a Durable Object of its own. */
import type { StickyRecord } from "edgewise";
import type { ObjectState } from "../bindings.js";
import { merged } from "../sticky/records.js";

const RECORDS = "records";

export class StickyRecords {
  constructor(private readonly state: ObjectState) {}

  /** Answers with the records; a POST adds to them, and the first of an iteration stays. */
  async fetch(request: Request): Promise<Response> {
    const fresh = request.method === "POST" ? ((await request.json()) as StickyRecord[]) : [];
    const known = (await this.state.storage.get<StickyRecord[]>(RECORDS)) ?? [];
    if (fresh.length === 0) return Response.json(known);
    const records = merged(known, fresh);
    await this.state.storage.put(RECORDS, records);
    return Response.json(records);
  }
}
