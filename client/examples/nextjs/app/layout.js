import { WebSocketProvider } from 'belfry-client/react';
import { auth, signIn, signOut } from '../auth';
import { Bell } from './bell';

export const metadata = { title: 'Belfry with Next.js' };

export default async function Layout({ children }) {
  const session = await auth();
  return (
    <html lang="en">
      <body>
        {session ? <SignedIn user={session.user}>{children}</SignedIn> : <SignIn />}
      </body>
    </html>
  );
}

/** Wraps every page: one connection for all pages and tabs of a user, and a new one for the next user. */
function SignedIn({ user, children }) {
  return (
    <WebSocketProvider key={user.id} options={{ shared: true }}>
      <header>
        {user.name} <Bell />
        <form action={async () => { 'use server'; await signOut({ redirectTo: '/' }); }}>
          <button>Sign out</button>
        </form>
      </header>
      {children}
    </WebSocketProvider>
  );
}

function SignIn() {
  const submit = async (form) => {
    'use server';
    await signIn('credentials', { name: form.get('name'), redirectTo: '/' });
  };
  return (
    <form action={submit}>
      {['alice', 'bob', 'carol'].map((name) => (
        <button key={name} name="name" value={name}>{name}</button>
      ))}
    </form>
  );
}
