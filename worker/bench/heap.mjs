// What a running workerd holds: its memory as the system sees it, and its JavaScript heap after a collection.
import { readdirSync, readFileSync } from "node:fs";

/** @typedef {import("miniflare").Miniflare} Miniflare */

/** The inspector of a runtime's own worker: WebSocket in Node 20 takes `--experimental-websocket`. */
export class Heap {
  /** @type {Map<number, (result: any) => void>} */
  #waiting = new Map();
  #asked = 0;

  /** @param {WebSocket} socket @param {string} worker where the worker listens */
  constructor(socket, worker) {
    this.socket = socket;
    this.worker = worker;
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(data);
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  /** @param {Miniflare} runtime that was started with an `inspectorPort` @param {string} worker */
  static async of(runtime, worker) {
    const inspector = await runtime.getInspectorURL();
    /** @type {{ webSocketDebuggerUrl: string }[]} */
    const targets = await (await fetch(`http://${inspector.host}/json`)).json();
    const own = targets.find(({ webSocketDebuggerUrl }) => webSocketDebuggerUrl.includes("user"));
    if (!own) throw new Error("the runtime's inspector names no worker");
    const socket = new WebSocket(own.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    return new Heap(socket, worker);
  }

  /** Kilobytes that are held when everything that can be collected has been. */
  async collected() {
    const collecting = this.#ask("HeapProfiler.collectGarbage");
    let done = false;
    void collecting.then(() => (done = true));
    // The runtime gets round to it when a request comes.
    while (!done) await (await fetch(this.worker, { method: "HEAD" })).arrayBuffer();
    const { usedSize, embedderHeapUsedSize, backingStorageSize } = await this.#ask("Runtime.getHeapUsage");
    return (usedSize + embedderHeapUsedSize + backingStorageSize) / 1024;
  }

  close() {
    this.socket.close();
  }

  /** @param {string} method @returns {Promise<any>} */
  #ask(method) {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method }));
    });
  }
}

/** The process numbers of the workerds that this process has started. */
export function workerds() {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isOurs(pid));
}

/** The resident memory of a process, in MB. @param {string} pid */
export function residentMegabytes(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** @param {string} pid */
function isOurs(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return /^Name:\tworkerd/m.test(status) && new RegExp(`^PPid:\\t${process.pid}$`, "m").test(status);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
