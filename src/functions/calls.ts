import { AsyncLocalStorage } from "node:async_hooks";
import type { CallAnswer, CallRequest, Outcome, ReferenceAction } from "../protocol/messages.js";

/** What answers a call of the guest's. */
export type CallHandler = (request: CallRequest, signal: AbortSignal, call: Call) => Promise<CallAnswer>;

/** One call of the guest's that the host has not finished; the guest can be asked for something meanwhile. */
export interface Call {
  /** Which call of its session it is, where that is known. */
  readonly number: number | undefined;
  /** Lets the guest do something before its call is answered; undefined once it can no more. */
  ask(action: ReferenceAction): Promise<Outcome> | undefined;
}

/** Most asks that one call may have waiting. */
const MOST_ASKS = 1024;

interface Ask {
  readonly action: ReferenceAction;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: Error) => void;
}

/** The calls within which code is at work: of one session, perhaps within another's. */
interface Within {
  readonly conversation: Conversation;
  readonly open: ReadonlySet<Conversation>;
  readonly outer: Within | undefined;
}

/**
 * In which call a host function is at work: it must ask through its own, for that is where the guest listens. There is
 * one for all sessions, since every one that there is makes every promise of the process dearer.
 */
const within = new AsyncLocalStorage<Within>();

const stillOpen = (at: Within | undefined): Within | undefined =>
  at === undefined || at.open.has(at.conversation) ? at : stillOpen(at.outer);

/**
 * The guest's calls, and the asks within them: while a call is being worked on, the host may answer it with an ask;
 * the guest does that, replies, and waits for the answer of the call again.
 */
export class Calls {
  readonly #handler: CallHandler;
  readonly #busy: () => boolean;
  readonly #open = new Set<Conversation>();
  readonly #asked = new Map<number, { readonly ask: Ask; readonly conversation: Conversation }>();
  #lastAsk = 0;

  /** `busy` tells whether the guest is at work. */
  constructor(handler: CallHandler, busy: () => boolean) {
    this.#handler = handler;
    this.#busy = busy;
  }

  /** Answers a request; a `reply` goes on with the call that it belongs to. */
  request(request: CallRequest, signal: AbortSignal, started: boolean, number?: number): Promise<CallAnswer> {
    if (request.kind === "reply") return this.#reply(request.ask, request.outcome, signal);
    const conversation = new Conversation(started, number, (ask) => this.#number(ask, conversation));
    this.#open.add(conversation);
    const answer = conversation.turn(signal);
    const open = this.#open;
    const outer = stillOpen(within.getStore());
    void within.run({ conversation, open, outer }, () => this.#work(request, conversation));
    return answer;
  }

  /**
   * The call to ask the guest through: the one that this code is within, else the latest that the guest waits for.
   * None when the guest is idle: answers of started calls are read only while something runs.
   */
  current(): Call | undefined {
    for (let at = within.getStore(); at !== undefined; at = at.outer) {
      const { conversation } = at;
      if (this.#open.has(conversation))
        return conversation.started && !this.#busy() ? undefined : conversation;
    }
    return [...this.#open].filter((conversation) => !conversation.started).at(-1);
  }

  /** The guest is gone: what it was asked will not be answered. */
  end(error: Error): void {
    for (const { ask } of this.#asked.values()) ask.fail(error);
    this.#asked.clear();
    for (const conversation of this.#open) conversation.end(error);
    this.#open.clear();
  }

  async #work(request: CallRequest, conversation: Conversation): Promise<void> {
    let answer: CallAnswer;
    try {
      answer = await this.#handler(request, conversation.signal, conversation);
    } catch (error) {
      conversation.crash(error);
      return;
    } finally {
      this.#open.delete(conversation);
    }
    conversation.finish(answer);
  }

  #number(ask: Ask, conversation: Conversation): number {
    const number = ++this.#lastAsk;
    this.#asked.set(number, { ask, conversation });
    return number;
  }

  async #reply(number: number, outcome: Outcome, signal: AbortSignal): Promise<CallAnswer> {
    const asked = this.#asked.get(number);
    if (asked === undefined) {
      const message = `there is no ask ${number} to reply to`;
      return { kind: "error", error: { type: "SystemError", name: "Error", message } };
    }
    this.#asked.delete(number);
    const answer = asked.conversation.turn(signal);
    asked.ask.settle(outcome);
    return answer;
  }
}

class Conversation implements Call {
  /** The guest does not wait for it, but does other things meanwhile. */
  readonly started: boolean;
  readonly number: number | undefined;
  readonly #controller = new AbortController();
  readonly #number: (ask: Ask) => number;
  readonly #asks: Ask[] = [];
  #waiting: ((answer: CallAnswer) => void) | undefined;
  #failWaiting: ((error: unknown) => void) | undefined;
  #finished: CallAnswer | undefined;
  #ended = false;

  constructor(started: boolean, which: number | undefined, number: (ask: Ask) => number) {
    this.started = started;
    this.number = which;
    this.#number = number;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The guest waits: for the answer, or for something to do first. */
  turn(signal: AbortSignal): Promise<CallAnswer> {
    const givenUp = (): void => this.end(new Error("The guest gave the call up"));
    if (signal.aborted) givenUp();
    else signal.addEventListener("abort", givenUp, { once: true });
    return new Promise((resolve, reject) => {
      this.#waiting = resolve;
      this.#failWaiting = reject;
      this.#move();
    });
  }

  ask(action: ReferenceAction): Promise<Outcome> | undefined {
    if (this.#ended || this.#finished !== undefined || this.#asks.length >= MOST_ASKS) return undefined;
    return new Promise((settle, fail) => {
      this.#asks.push({ action, settle, fail });
      this.#move();
    });
  }

  finish(answer: CallAnswer): void {
    this.#finished = answer;
    this.#move();
  }

  crash(error: unknown): void {
    this.end(error instanceof Error ? error : new Error(String(error)));
    this.#failWaiting?.(error);
  }

  end(error: Error): void {
    this.#ended = true;
    for (const ask of this.#asks.splice(0)) ask.fail(error);
    this.#controller.abort(error);
  }

  #move(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const ask = this.#asks.shift();
    if (ask !== undefined) {
      this.#waiting = undefined;
      waiting({ kind: "ask", ask: this.#number(ask), action: ask.action });
    } else if (this.#finished !== undefined) {
      this.#waiting = undefined;
      waiting(this.#finished);
    }
  }
}
