/** Play events on their way out: kept in IndexedDB until the service has said that it has them. */

import type { PlayEvent } from "../api/types";

export interface Parcel {
  listener: string;
  event: PlayEvent;
}

export interface Outbox {
  put(parcel: Parcel): Promise<void>;
  /** The listener's oldest parcels. */
  oldest(listener: string, most: number): Promise<PlayEvent[]>;
  drop(ids: readonly string[]): Promise<void>;
}

const STORE = "events";
/** A device that stays offline for weeks keeps the newest. */
const MOST = 20_000;

export class IndexedOutbox implements Outbox {
  #opening: Promise<IDBDatabase> | null = null;
  readonly #factory: IDBFactory;

  constructor(factory: IDBFactory = indexedDB) {
    this.#factory = factory;
  }

  async put(parcel: Parcel): Promise<void> {
    await this.#within("readwrite", async (store) => {
      await done(store.put({ key: parcel.event.event_id, ...parcel }));
      const surplus = (await done(store.count())) - MOST;
      if (surplus > 0) for (const key of await done(store.getAllKeys(null, surplus))) store.delete(key);
    });
  }

  oldest(listener: string, most: number): Promise<PlayEvent[]> {
    // The key is a UUIDv7, so keys in order are events in order.
    return this.#within("readonly", async (store) => {
      const rows = (await done(store.getAll(null, MOST))) as Parcel[];
      return rows.filter((row) => row.listener === listener).slice(0, most).map((row) => row.event);
    });
  }

  async drop(ids: readonly string[]): Promise<void> {
    await this.#within("readwrite", async (store) => {
      for (const id of ids) store.delete(id);
    });
  }

  async #within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    const transaction = (await this.#open()).transaction(STORE, mode);
    const finished = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore(STORE));
    await finished;
    return result;
  }

  #open(): Promise<IDBDatabase> {
    this.#opening ??= new Promise((resolve, reject) => {
      const request = this.#factory.open("legato", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return this.#opening;
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
