/** The topics that triggers announce as `<topic>:<id>`, with `*` for any id. A test compares them with the triggers. */
export const TOPICS = ['user', 'session', 'signing_key', 'identity_provider'] as const;

export type Topic = (typeof TOPICS)[number];

/** The topic of what an instance sends to itself. */
export const HEARTBEAT = 'heartbeat';
