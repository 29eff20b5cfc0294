// Minimal sites of real web frameworks, from Debian's packages, with what the tutorials in docs/ say:
// the file of deploy/examples that issues tokens, and the blocks of code. Each returns its address and
// the cookie of a signed-in user with id 42. /ring rings that user, /leave logs them out.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { atEnd } from './end.mjs';
import { startOnFreePort } from './port.mjs';
import { Program, runProgram, top } from './program.mjs';
import { shown } from './tutorial.mjs';

const examples = join(top, 'deploy/examples');
const QUEUE = '/var/lib/belfry/queue/belfry.db';

/** A block of a tutorial that names the queue, with that of the site. */
const inQueue = (site, file, language, ...texts) => shown(file, language, [QUEUE, ...texts], { [QUEUE]: site.database });

/** This text, with each line indented. */
const indented = (text, by) => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));

function write(site, files) {
  for (const [name, text] of Object.entries(files)) {
    const file = join(site.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof text === 'function' ? text(site) : text);
  }
}

/** Runs a framework's server until the test ends; returns its address. */
function serve(t, site, ready, program, argumentsAt, env) {
  return startOnFreePort(async (port) => {
    const server = new Program(t, program, argumentsAt(port), { env, secrets: site.secrets, cwd: site.folder });
    await server.line(ready, 60_000);
    atEnd(t, () => server.kill());
    return `http://127.0.0.1:${port}`;
  });
}

const withSecret = (secret, env = {}) => ({ ...env, ...(secret && { AUTH_SECRET: secret }) });

/** The cookies that a page sets when it signs in user 42. */
async function signIn(url) {
  const answer = await fetch(`${url}/login`);
  assert.equal(await answer.text(), 'in');
  return answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
}

// Debian's Python, which has Debian's Django; another Python may come first in PATH.
const PYTHON = '/usr/bin/python3';

const DJANGO = {
  'site_settings.py': (site) => `
SECRET_KEY = 'of this test'
ALLOWED_HOSTS = ['*']
ROOT_URLCONF = 'site_urls'
INSTALLED_APPS = ['django.contrib.auth', 'django.contrib.contenttypes', 'django.contrib.sessions']
MIDDLEWARE = ['django.contrib.sessions.middleware.SessionMiddleware', 'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware', 'django.contrib.auth.middleware.AuthenticationMiddleware']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': '${join(site.folder, 'django.db')}'}}
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
${inQueue(site, 'docs/django.md', 'python', 'DATABASES')}`,
  'site_urls.py': () => `
from django.contrib.auth import logout
from django.http import HttpResponse
from django.urls import path
urlpatterns = []
${shown('docs/django.md', 'python', ['urlpatterns'])}
${shown('docs/django.md', 'python', ['def notify'])}
${shown('docs/django.md', 'python', ['user_logged_out'])}
def ring(request):
    user = request.user
${indented(shown('docs/django.md', 'python', ['notify(user,', 'Bob wrote']), 4)}
    return HttpResponse()
def leave(request):
    logout(request)
    return HttpResponse()
urlpatterns += [path('ring', ring), path('leave', leave)]
`,
  // Create a user, and the session cookie that a login would set.
  'site_login.py': () => `
import django
django.setup()
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
request = HttpRequest()
request.session = SessionStore()
login(request, User.objects.create_user('alice', password='x', id=42), backend='django.contrib.auth.backends.ModelBackend')
request.session.save()
print(settings.SESSION_COOKIE_NAME + '=' + request.session.session_key)
`,
  'site_serve.py': () => `
import sys
from wsgiref.simple_server import make_server
from django.core.wsgi import get_wsgi_application
server = make_server('127.0.0.1', int(sys.argv[1]), get_wsgi_application())
print('serving', flush=True)
server.serve_forever()
`,
};

async function django(t, site, secret) {
  write(site, DJANGO);
  const env = withSecret(secret, {
    PYTHONPATH: `${site.folder}:${examples}`, PYTHONDONTWRITEBYTECODE: '1', DJANGO_SETTINGS_MODULE: 'site_settings',
  });
  const python = async (...args) => {
    const { code, stdout, stderr } = await runProgram(PYTHON, args, { env });
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  await python('-m', 'django', 'migrate', '--verbosity', '0');
  const cookie = await python(join(site.folder, 'site_login.py'));
  return { url: await serve(t, site, /serving/, PYTHON, (port) => ['site_serve.py', String(port)], env), cookie };
}

const LARAVEL = {
  'config/app.php': `<?php return ['debug' => true, 'timezone' => 'UTC', 'locale' => 'en', 'cipher' => 'AES-256-CBC',
    'key' => 'base64:' . base64_encode(str_repeat('k', 32)), 'aliases' => [], 'providers' => [
    Illuminate\\Auth\\AuthServiceProvider::class, Illuminate\\Cookie\\CookieServiceProvider::class,
    Illuminate\\Database\\DatabaseServiceProvider::class, Illuminate\\Encryption\\EncryptionServiceProvider::class,
    Illuminate\\Filesystem\\FilesystemServiceProvider::class, Illuminate\\Hashing\\HashServiceProvider::class,
    Illuminate\\Session\\SessionServiceProvider::class, Illuminate\\View\\ViewServiceProvider::class, SiteRoutes::class]];`,
  'config/services.php': () => `<?php return [${shown('docs/laravel.md', 'php', ["env('AUTH_SECRET')"])}];`,
  'routes/web.php': () => `<?php
use Illuminate\\Support\\Facades\\{Auth, Event, Route};
${shown('docs/laravel.md', 'php', ['use Illuminate', 'Bob wrote']).match(/^use .*;$/m)[0]}
${shown('docs/laravel.md', 'php', ['require'])}
Route::get('/login', function () { Auth::loginUsingId(42); return 'in'; });
Route::get('/ring', function () {
  $user = Auth::user();
  ${shown('docs/laravel.md', 'php', ['Bob wrote']).replace(/^use .*;$/m, '')}
});
Event::listen(Illuminate\\Auth\\Events\\Logout::class, function ($event) {
  ${shown('docs/laravel.md', 'php', ['revocations'])}
});
Route::get('/leave', function () { Auth::logout(); });
`,
  'config/session.php': `<?php return ['driver' => 'file', 'files' => storage_path('sessions'), 'lifetime' => 120, 'lottery' => [2, 100],
    'cookie' => 'laravel_session', 'path' => '/', 'domain' => null, 'secure' => false, 'http_only' => true,
    'same_site' => 'lax', 'expire_on_close' => false, 'encrypt' => false];`,
  'config/auth.php': `<?php return ['defaults' => ['guard' => 'web'], 'guards' => ['web' => ['driver' => 'session', 'provider' => 'users']],
    'providers' => ['users' => ['driver' => 'database', 'table' => 'users']]];`,
  'config/database.php': (site) => `<?php return ['default' => 'sqlite', 'connections' => ['sqlite' => ['driver' => 'sqlite',
    'database' => base_path('app.db'), 'prefix' => ''],
    ${inQueue(site, 'docs/laravel.md', 'php', "'driver' => 'sqlite'")}]];`,
  'config/view.php': "<?php return ['paths' => [], 'compiled' => storage_path('views')];",
  'config/hashing.php': "<?php return ['driver' => 'bcrypt'];",
  'config/logging.php': `<?php return ['default' => 'single', 'channels' => ['single' => ['driver' => 'single',
    'path' => storage_path('laravel.log')]]];`,
  'storage/sessions/.keep': '',
  'bootstrap/cache/.keep': '',
  'public/index.php': `<?php
require '/usr/share/php/Illuminate/autoload.php';
use Illuminate\\Support\\Facades\\Route;
class SiteRoutes extends Illuminate\\Foundation\\Support\\Providers\\RouteServiceProvider {
    public function boot() {
        $this->routes(fn () => Route::middleware('web')->group(base_path('routes/web.php')));
    }
}
class Kernel extends Illuminate\\Foundation\\Http\\Kernel {
    protected $middlewareGroups = ['web' => [Illuminate\\Cookie\\Middleware\\EncryptCookies::class,
        Illuminate\\Cookie\\Middleware\\AddQueuedCookiesToResponse::class, Illuminate\\Session\\Middleware\\StartSession::class,
        Illuminate\\Routing\\Middleware\\SubstituteBindings::class]];
}
$app = new Illuminate\\Foundation\\Application(dirname(__DIR__));
$app->singleton(Illuminate\\Contracts\\Http\\Kernel::class, Kernel::class);
$app->singleton(Illuminate\\Contracts\\Debug\\ExceptionHandler::class, Illuminate\\Foundation\\Exceptions\\Handler::class);
$kernel = $app->make(Illuminate\\Contracts\\Http\\Kernel::class);
$kernel->handle(Illuminate\\Http\\Request::capture())->send();
`,
};

async function laravel(t, site, secret) {
  write(site, LARAVEL);
  copyFileSync(join(examples, 'laravel.php'), join(site.folder, 'routes/belfry.php'));
  const table = 'CREATE TABLE users (id INTEGER PRIMARY KEY, password TEXT, remember_token TEXT); INSERT INTO users (id) VALUES (42)';
  await site.sql(table, join(site.folder, 'app.db'));
  // Debian's Laravel is older than its PHP, which would print deprecations in each response.
  const options = (port) => ['-d', 'error_reporting=E_ERROR', '-S', `127.0.0.1:${port}`, '-t', 'public', 'public/index.php'];
  const url = await serve(t, site, /Development Server .* started/, 'php', options, withSecret(secret));
  return { url, cookie: await signIn(url) };
}

const RAILS = {
  'site.rb': (site) => `
require "action_controller/railtie"
require "active_record"
require "rack/handler/webrick"

class Site < Rails::Application
  config.eager_load = false
  config.secret_key_base = "k" * 64
  config.hosts.clear
  config.logger = ActiveSupport::Logger.new($stdout)
  routes.append do
    ${shown('docs/rails.md', 'ruby', ['websocket_auth#show'])}
    get "login", to: "login#create"
    get "ring", to: "login#ring"
    get "leave", to: "login#destroy"
  end
end

class ApplicationController < ActionController::Base
  User = Struct.new(:id)
  before_action :authenticate_user!

  def current_user = session[:user_id] && User.new(session[:user_id])
  def authenticate_user! = (redirect_to "/login" unless current_user)
end

${inQueue(site, 'docs/rails.md', 'ruby', 'class BelfryNotification')}
class LoginController < ApplicationController
  skip_before_action :authenticate_user!, only: :create

  def create
    session[:user_id] = 42
    render plain: "in"
  end

  def ring
    user = current_user
    ${shown('docs/rails.md', 'ruby', ['Bob wrote'])}
  end

  def destroy
    user = current_user
    ${shown('docs/rails.md', 'ruby', ['revocations'])}
    reset_session
  end
end

require "${join(examples, 'websocket_auth_controller.rb')}"
Site.initialize!
Rack::Handler::WEBrick.run(Site, Port: ARGV[0].to_i, BindAddress: "127.0.0.1", AccessLog: []) { puts "serving"; $stdout.flush }
`,
};

async function rails(t, site, secret) {
  write(site, RAILS);
  const options = (port) => ['site.rb', String(port)];
  const url = await serve(t, site, /serving/, '/usr/bin/ruby', options, withSecret(secret, { RAILS_ENV: 'production' }));
  return { url, cookie: await signIn(url) };
}

export const frameworks = { Django: django, Laravel: laravel, Rails: rails };
