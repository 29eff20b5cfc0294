"""A Django site's own /api/websocket/auth, beside belfry_token.py. In urls.py:

    path("api/websocket/auth", django_token.websocket_auth)
"""
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from belfry_token import belfry_token

@require_GET
@never_cache
def websocket_auth(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "Unauthorized"}, status=401)
    return JsonResponse({"token": belfry_token(request.user.pk), "expiresIn": 3600})
