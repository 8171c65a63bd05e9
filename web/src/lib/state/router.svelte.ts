/** Where the listener is. Routes stand behind `#`, so that any static host serves every address. */

export interface Place {
  page: string;
  id: string;
  query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", id = ""] = path.split("/");
  return { page: page || "home", id: decodeURIComponent(id), query: new URLSearchParams(query) };
}

class Router {
  place = $state.raw<Place>(placeOf(location.hash));

  constructor() {
    addEventListener("hashchange", () => {
      this.place = placeOf(location.hash);
    });
  }

  go(hash: string): void {
    location.hash = hash;
  }

  /** Change the address without a step in the history: as typing in the search field does. */
  replace(hash: string): void {
    history.replaceState(null, "", hash);
    this.place = placeOf(hash);
  }
}

export const router = new Router();
