import type { Mail, Mailer } from 'nest-gatehouse';

/** The letters of this application, which it does not send anywhere. */
export const letters: Mail[] = [];

export const mailer: Mailer = {
  send: (mail) => {
    letters.push(mail);
    return Promise.resolve();
  },
};
