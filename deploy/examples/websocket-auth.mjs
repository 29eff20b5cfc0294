// A Next.js (or any JavaScript) site's own /api/websocket/auth, with jose. `userId` is whoever the
// site's session says; in a Next.js route: export const GET = async () => answer((await auth())?.user?.id)
import { SignJWT } from 'jose';

const json = (status, body) => Response.json(body, { status, headers: { 'cache-control': 'private, no-store' } });

export async function answer(userId) {
  const secret = new TextEncoder().encode(process.env.AUTH_SECRET);
  if (secret.length < 32) {
    const error = "AUTH_SECRET is not in this server's environment, or is shorter than 32 octets";
    console.error(error);
    return json(500, { error });
  }
  if (userId === '' || !(typeof userId === 'string' || Number.isSafeInteger(userId))) return json(401, { error: 'Unauthorized' });
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).setSubject(String(userId))
    .setIssuedAt().setExpirationTime('1h').sign(secret);
  return json(200, { token, expiresIn: 3600 });
}
