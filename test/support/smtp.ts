import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll } from '@jest/globals';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import { eventually } from './process.js';

/** A mail as it arrived. */
export interface ReceivedEmail {
  /** Envelope recipients: every RCPT TO. */
  recipients: string[];
  from: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
}

/** What the server does with a mail. */
type Mood = 'accept' | 'refuse' | 'defer' | 'die';

/** A mail server on this machine that keeps what it gets, and can misbehave. */
export interface EmailServer {
  url: string;
  mails: ReceivedEmail[];
  mood: Mood;
  /** Milliseconds before a mail is answered. */
  delay: number;
  /** Waits for the next unread mail to an address, with that subject if one is given. */
  next: (address: string, subject?: string) => Promise<ReceivedEmail>;
  /** The subjects of all unread mails to an address. */
  unread: (address: string) => string[];
  close: () => Promise<void>;
}

const servers = new Set<SMTPServer>();
afterAll(() => {
  for (const server of servers) server.close(() => undefined);
});

/** Listens on loopback, on a port of its own unless one is given. */
export async function startEmailServer(port = 0): Promise<EmailServer> {
  const read = new Set<ReceivedEmail>();
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    logger: false,
    // A connection that is told to die must not wait for anything.
    closeTimeout: 100,
    onData(stream, session, done) {
      void receive(stream).then(
        async (raw) => {
          await new Promise((resolve) => setTimeout(resolve, emailServer.delay));
          if (emailServer.mood === 'refuse') return done(smtpError(550, 'no such user here'));
          if (emailServer.mood === 'defer') return done(smtpError(451, 'try again later'));
          const mail = await PostalMime.parse(raw);
          emailServer.mails.push({
            recipients: session.envelope.rcptTo.map(({ address }) => address),
            from: mail.from?.address ?? '',
            to: mail.to?.map(({ address }) => address).join(', ') ?? '',
            subject: mail.subject ?? '',
            text: mail.text ?? '',
            html: mail.html ?? '',
            messageId: mail.messageId ?? '',
          });
          return done();
        },
        () => undefined,
      );
      // In the middle of the message, before it was accepted.
      if (emailServer.mood === 'die') {
        for (const socket of sockets) socket.destroy();
      }
    },
  });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => sockets.add(socket));
  server.on('error', () => undefined);
  servers.add(server);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const unreadTo = (address: string) =>
    emailServer.mails.filter((mail) => mail.recipients.includes(address) && !read.has(mail));
  const emailServer: EmailServer = {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails: [],
    mood: 'accept',
    delay: 0,
    async next(address, subject) {
      const find = () =>
        unreadTo(address).find((mail) => subject === undefined || mail.subject === subject);
      await eventually(() => find() !== undefined, `a mail to ${address}: ${subject ?? 'any'}`);
      const mail = find()!;
      read.add(mail);
      return mail;
    },
    unread: (address) => unreadTo(address).map(({ subject }) => subject),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return emailServer;
}

/** The first link of a mail, checked to be the same in both of its forms. */
export function linkIn({ text, html }: ReceivedEmail): URL {
  const link = /https?:\/\/\S+/.exec(text)?.[0];
  if (!link || !html.replaceAll('&amp;', '&').includes(`href="${link}"`)) {
    throw new Error(`no link in both forms of:\n${text}\n${html}`);
  }
  return new URL(link);
}

/** The token in the first link of a mail. */
export function tokenIn(mail: ReceivedEmail): string {
  return linkIn(mail).searchParams.get('token')!;
}

async function receive(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
