import { account } from "../app";
import { notices } from "./notices.svelte";
import { router } from "./router.svelte";

/** Whether what was asked for waits for a sign-in, which is then offered. */
export function needsAccount(): boolean {
  if (account.me || !account.settled) return false;
  notices.say("Sign in to listen", "Browsing is free; playing needs an account.");
  router.go(`#/sign-in?back=${encodeURIComponent(location.hash || "#/")}`);
  return true;
}
