import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from '../common/at-most.js';
import type { Principal } from '../common/principal.js';
import { ChangeFeed } from './change-feed.js';

const MAX_ENTRIES = 100_000;

interface Entry {
  /** Null: that session has ended. */
  principal: Principal | null;
  /** When it seems to end, in milliseconds; a refresh elsewhere may have extended it since. */
  expiresAt: number;
}

/** A load under way, and which users changed since it began: its result may be older than they are. */
interface Load {
  result: Promise<Principal | null>;
  changedUsers: Set<string>;
}

/**
 * Principals by session, in memory, so that a guarded request needs no query. An entry is dropped
 * when the change feed announces its session or its user; a result that was read before such an
 * announcement is never stored, nor shared with who asks later. While the feed is down nothing is served from here.
 */
@Injectable()
export class LiveCache {
  private readonly entries = new LRUCache<string, Entry>({
    ...atMost(MAX_ENTRIES),
    dispose: ({ principal }, sessionId) => this.forgetOwner(principal, sessionId),
  });
  private readonly sessionsOf = new Map<string, Set<string>>();
  /** Of each session the latest, until something is announced that it may have missed. */
  private readonly loads = new Map<string, Load>();
  /** How many were asked for since the start, by where they came from. */
  readonly lookups = { memory: 0, database: 0 };

  constructor(private readonly changes: ChangeFeed) {
    changes.subscribe('session', (id) => (id === '*' ? this.clear() : this.dropSession(id)));
    changes.subscribe('user', (id) => (id === '*' ? this.clear() : this.dropUser(id)));
    changes.onGap(() => this.clear());
  }

  /** How many sessions are in memory. */
  get size(): number {
    return this.entries.size;
  }

  /** The principal of a session: from memory if it can be trusted, else from `load`, which all who ask at once share. */
  async get(
    sessionId: string,
    load: (sessionId: string) => Promise<Principal | null>,
  ): Promise<Principal | null> {
    if (this.changes.isLive || (await this.changes.proveLive())) {
      const cached = this.entryOf(sessionId);
      if (cached) return cached.principal;
      const underWay = this.loads.get(sessionId);
      // Whose session it is, nobody knows yet: anybody may be who changed.
      if (underWay?.changedUsers.size === 0) {
        this.lookups.memory++;
        return underWay.result;
      }
      return this.loadAndKeep(sessionId, load);
    }
    this.lookups.database++;
    return load(sessionId);
  }

  /** The principal of a session, if it is in memory and can be trusted; else undefined. */
  known(sessionId: string): Principal | undefined {
    return this.entryOf(sessionId)?.principal ?? undefined;
  }

  private entryOf(sessionId: string): Entry | undefined {
    const cached = this.changes.isLive ? this.entries.get(sessionId) : undefined;
    if (!cached || cached.expiresAt <= Date.now()) return undefined;
    this.lookups.memory++;
    return cached;
  }

  private async loadAndKeep(
    sessionId: string,
    load: (sessionId: string) => Promise<Principal | null>,
  ): Promise<Principal | null> {
    this.lookups.database++;
    const ticket: Load = { result: load(sessionId), changedUsers: new Set() };
    this.loads.set(sessionId, ticket);
    try {
      const principal = await ticket.result;
      const isLatest = this.loads.get(sessionId) === ticket;
      const isFresh = isLatest && !(principal && ticket.changedUsers.has(principal.userId));
      if (isFresh && this.changes.isLive) this.keep(sessionId, principal);
      return principal;
    } finally {
      if (this.loads.get(sessionId) === ticket) this.loads.delete(sessionId);
    }
  }

  private keep(sessionId: string, principal: Principal | null): void {
    const expiresAt = principal ? Date.parse(principal.expiresAt) : Infinity;
    this.entries.set(sessionId, { principal, expiresAt });
    if (!principal) return;
    const sessions = this.sessionsOf.get(principal.userId) ?? new Set();
    this.sessionsOf.set(principal.userId, sessions.add(sessionId));
  }

  private dropSession(sessionId: string): void {
    this.loads.delete(sessionId);
    this.entries.delete(sessionId);
  }

  private dropUser(userId: string): void {
    for (const { changedUsers } of this.loads.values()) changedUsers.add(userId);
    for (const sessionId of this.sessionsOf.get(userId) ?? []) this.entries.delete(sessionId);
  }

  private clear(): void {
    this.loads.clear();
    this.entries.clear();
    this.sessionsOf.clear();
  }

  private forgetOwner(principal: Principal | null, sessionId: string): void {
    if (!principal) return;
    const sessions = this.sessionsOf.get(principal.userId);
    sessions?.delete(sessionId);
    if (sessions?.size === 0) this.sessionsOf.delete(principal.userId);
  }
}
