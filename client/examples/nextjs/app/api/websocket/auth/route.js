import { SignJWT } from 'jose';
import { auth } from '../../../../auth';

const LIFETIME = 3600;
const HEADERS = { 'Cache-Control': 'private, no-store' };

/**
 * A token for the gateway, signed with the secret that both have. If the web server
 * runs belfry-auth, this route is not needed.
 */
export async function GET() {
  const session = await auth();
  if (!session?.user?.id) {
    return Response.json({ error: 'Unauthorized' }, { status: 401, headers: HEADERS });
  }
  const token = await new SignJWT({ name: session.user.name, email: session.user.email ?? undefined })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(session.user.id)
    .setIssuedAt()
    .setExpirationTime(`${LIFETIME}s`)
    .sign(new TextEncoder().encode(process.env.AUTH_SECRET));
  return Response.json({ token, expiresIn: LIFETIME, userId: session.user.id }, { headers: HEADERS });
}
