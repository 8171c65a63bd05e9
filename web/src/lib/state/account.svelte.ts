import type { Music } from "../api/music";
import { show } from "../api/passkeys";
import type { Session } from "../api/session";
import type { Me } from "../api/types";

/** Who is signed in, as the page shows it. */
export class Account {
  me = $state.raw<Me | null>(null);
  /** Whether it is known yet: nothing flashes "signed out" while a session is picked up. */
  settled = $state(false);
  readonly #session: Session;
  readonly #music: Music;

  constructor(session: Session, music: Music) {
    this.#session = session;
    this.#music = music;
    session.onEnded = () => {
      this.me = null;
    };
  }

  /** Pick up the session that this browser had. */
  async resume(): Promise<void> {
    try {
      if (this.#session.expected && (await this.#session.access())) this.me = await this.#music.me();
    } finally {
      this.settled = true;
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#session.signIn(email, password);
    this.me = await this.#music.me();
  }

  async signInByPasskey(): Promise<void> {
    await this.#session.signInByPasskey(show);
    this.me = await this.#music.me();
  }

  async register(email: string, password: string, name: string): Promise<void> {
    await this.#session.register(email, password, name);
    this.me = await this.#music.me();
  }

  async signOut(): Promise<void> {
    await this.#session.signOut();
    this.me = null;
  }
}
