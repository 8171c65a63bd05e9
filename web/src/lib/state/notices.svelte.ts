import { explain, type Message } from "../api/messages";

export interface Notice extends Message {
  id: number;
  tone: "info" | "trouble";
  /** What the remedy's button does. */
  act?: () => void;
}

const SHOWN_MS = 7000;

/** Short messages at the edge of the page; troubles stay until they are dismissed. */
class Notices {
  list = $state.raw<Notice[]>([]);
  #serial = 0;

  say(title: string, text = ""): void {
    const id = this.#add({ title, text, tone: "info" });
    setTimeout(() => this.dismiss(id), SHOWN_MS);
  }

  trouble(error: unknown, act?: () => void): void {
    const message = explain(error);
    if (this.list.some((n) => n.title === message.title && n.text === message.text)) return;
    this.#add({ ...message, tone: "trouble", ...(act ? { act } : {}) });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  #add(notice: Omit<Notice, "id">): number {
    const id = ++this.#serial;
    this.list = [...this.list.slice(-3), { ...notice, id }];
    return id;
  }
}

export const notices = new Notices();
