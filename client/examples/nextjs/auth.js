import NextAuth from 'next-auth';
import Credentials from 'next-auth/providers/credentials';

const USERS = ['alice', 'bob', 'carol'];

/** Your own Auth.js configuration goes here. AUTH_SECRET has to be the same as the gateway's. */
export const { handlers, auth, signIn, signOut } = NextAuth({
  trustHost: true,
  providers: [
    Credentials({
      credentials: { name: {} },
      authorize: ({ name }) => (USERS.includes(name) ? { id: name, name } : null),
    }),
  ],
  callbacks: {
    session: ({ session, token }) => ({ ...session, user: { ...session.user, id: token.sub } }),
  },
});
