/** Durable Objects before the collector: what one has taken is on its disk until the collector has it. */
import { afterError } from "edgewise/delivery";
import type { Outcome } from "edgewise/delivery";
import type { ObjectNamespace } from "../bindings.js";
import type { Parcel, Sink } from "./parcel.js";

/** So many objects share the events, because each is in one place and takes one parcel at a time. */
const SHARDS = 4;

/** A value in an object's storage may have 128 KiB. */
const VALUE_BYTES = 128 * 1024;

export class Outbox implements Sink {
  readonly mostBytes = 100_000;

  constructor(private readonly objects: ObjectNamespace) {}

  async send(parcel: Parcel): Promise<Outcome> {
    if (new TextEncoder().encode(parcel.events).length > VALUE_BYTES - 1_024) {
      return { kind: "refused", problem: `an event is larger than a value of ${VALUE_BYTES} bytes` };
    }
    try {
      // By the batch's own id, so that another attempt meets the same object.
      const shard = parseInt(parcel.id.slice(-2), 16) % SHARDS;
      const object = this.objects.get(this.objects.idFromName(`outbox ${shard}`));
      const response = await object.fetch("https://outbox/parcels", { method: "POST", body: JSON.stringify(parcel) });
      if (!response.ok) throw new Error(`the outbox answered with status ${response.status}`);
      return { kind: "acknowledged", rejected: 0 };
    } catch (error) {
      return afterError(error);
    }
  }
}
