// A Next.js (or any JavaScript) site's own /api/websocket/auth, with jose. `userId` is whoever the
// site's session says; in a Next.js route: export const GET = async () => answer((await auth())?.user?.id)
import { SignJWT } from 'jose';

export async function answer(userId) {
  const headers = { 'cache-control': 'private, no-store' };
  if (!userId) return Response.json({ error: 'Unauthorized' }, { status: 401, headers });
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setSubject(userId)
    .setIssuedAt().setExpirationTime('1h').sign(new TextEncoder().encode(process.env.AUTH_SECRET));
  return Response.json({ token, expiresIn: 3600 }, { headers });
}
