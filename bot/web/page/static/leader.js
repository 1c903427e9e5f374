// One tab of a browser holds the stream and passes on what it learns: a host has six connections, and no more.

const NAME = "stockbell";
/** Without a sign of the tab that holds the stream, another one that is seen takes its place. */
const GONE_AFTER = 12_000;
const BEAT = 4_000;

export class Tabs {
  #channel = new BroadcastChannel(NAME);
  #me = Math.random().toString(36);
  #heard = -Infinity;
  #duty = null;

  /** `serve(signal)` runs in one tab at a time; `hear` gets what the others pass on. */
  constructor(serve, hear) {
    this.#channel.onmessage = ({ data }) => {
      if ("said" in data) hear(data.said);
      else this.#make_room(data.leads);
    };
    if (navigator.locks) navigator.locks.request(NAME, () => serve(new AbortController().signal));
    else this.#elect(serve);
  }

  tell(said) {
    this.#channel.postMessage({ said });
  }

  /** Only a page that came over https, or from this machine, has locks. Elsewhere the tab that is seen leads. */
  #elect(serve) {
    const beat = () => {
      const isFree = performance.now() - this.#heard > GONE_AFTER;
      if (!this.#duty && isFree && !document.hidden) {
        this.#duty = new AbortController();
        serve(this.#duty.signal);
      }
      if (this.#duty) this.#channel.postMessage({ leads: this.#me });
    };
    // Whoever leads already is heard before that.
    this.#channel.postMessage({ leads: "" });
    setTimeout(beat, 1_000 + Math.random() * 500);
    setInterval(beat, BEAT);
    addEventListener("pagehide", () => {
      if (!this.#duty) return;
      this.#duty = this.#duty.abort() ?? null; // it is told to be hidden after this
      this.#channel.postMessage({ leads: "nobody" });
    });
    addEventListener("visibilitychange", beat);
  }

  #make_room(who) {
    if (who === "nobody") this.#heard = -Infinity;
    else if (who === "") {
      if (this.#duty) this.#channel.postMessage({ leads: this.#me });
    } else {
      this.#heard = performance.now();
      // Of two that lead, as each heard nothing of the other, one gives way.
      if (this.#duty && who < this.#me) this.#duty = this.#duty.abort() ?? null;
    }
  }
}
