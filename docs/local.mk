# docs: tutorials, installed with the documentation; what they copy is installed as its examples.
dist_doc_DATA = \
	docs/django.md \
	docs/laravel.md \
	docs/nextjs.md \
	docs/php.md \
	docs/rails.md \
	docs/wordpress.md
