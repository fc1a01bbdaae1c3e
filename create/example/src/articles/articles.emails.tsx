import { defineEmails, EmailButton } from 'gatehouse';

export const ARTICLE_EMAILS = defineEmails({
  articles_welcome: {
    subject: 'Welcome to {{title}}',
    body: ({ username, link }: { username: string; link: string }) => (
      <>
        <p>Welcome, {username}. Your first article is a draft until an editor publishes it.</p>
        <EmailButton href={link}>Write an article</EmailButton>
      </>
    ),
  },
});
