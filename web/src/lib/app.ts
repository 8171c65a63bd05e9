/** The parts of the app, put together once. */

import { Client } from "./api/client";
import { Music } from "./api/music";
import { Passkeys } from "./api/passkeys";
import { Session } from "./api/session";
import { Deck } from "./player/deck";
import { thisDevice } from "./player/device";
import { Events } from "./player/events";
import { Grants } from "./player/grants";
import { IndexedOutbox } from "./player/outbox";
import { Player } from "./player/player";
import { EMPTY } from "./player/queue";
import { Progress } from "./player/progress";
import { Account } from "./state/account.svelte";
import { Preferences, type Connection } from "./state/preferences.svelte";
import { LiveView } from "./state/view.svelte";

const network: typeof fetch = (input, init) => fetch(input, init);

const device = thisDevice(localStorage);
export const session = new Session({ fetch: network, lasting: localStorage, tab: sessionStorage, deviceName: device.name });
export const api = new Client({ session, fetch: network });
export const music = new Music(api);
export const passkeys = new Passkeys(api);
export const account = new Account(session, music);
export const view = new LiveView();
const connection = (navigator as Navigator & { connection?: Connection & EventTarget }).connection;
export const preferences = new Preferences(localStorage, () => connection ?? {});
view.volume = preferences.volume;

const grants = new Grants({ api, device, quality: () => preferences.wish.quality });
export const events = new Events({ api, outbox: new IndexedOutbox(), listener: () => account.me?.id ?? null });

export const player = new Player({
  view,
  grants,
  events,
  limit: () => preferences.wish.limit,
  levelled: () => preferences.levelled,
  deck: (told) => {
    const audio = document.createElement("audio");
    audio.dataset["testid"] = "audio";
    document.body.append(audio);
    return new Deck(audio, { accessToken: () => session.access(), renewed: (grant) => grants.again(grant) }, told);
  },
});

// A train that leaves the station's Wi-Fi: what was made ready may be more than is wanted now.
let wished = preferences.wish;
connection?.addEventListener?.("change", () => {
  if (preferences.wish === wished) return;
  wished = preferences.wish;
  player.wishesChanged();
});

const progress = new Progress({
  api,
  where: () => player.where(),
  over: (sessionId, problem) => void player.sessionOver(sessionId, problem),
  kept: (expires) => grants.extended(expires),
});
player.onMoved = (playing) => {
  if (playing) progress.start();
  else progress.stop();
  progress.soon();
};

export async function signOut(): Promise<void> {
  await player.stop();
  view.queue = EMPTY;
  await events.flush();
  await grants.end();
  await account.signOut();
}

/** Nothing that was heard may be forgotten when the page goes, and its stream is free at once. */
export function watchForLeaving(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    void events.flush({ leaving: true });
    void progress.report({ keepalive: true });
  });
  addEventListener("pagehide", () => void grants.end());
  addEventListener("online", () => void events.flush());
}
