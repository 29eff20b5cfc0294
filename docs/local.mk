# docs: tutorials, installed with the documentation; what they copy is installed as its examples.
dist_doc_DATA = \
	docs/django.md \
	docs/laravel.md \
	docs/nextjs.md \
	docs/php.md \
	docs/rails.md \
	docs/wordpress.md

# Installed, they stand beside the examples, without the rest of the source tree.
install-data-hook:
	cd "$(DESTDIR)$(docdir)" && sed -z -i \
	    -e 's|\](\.\./deploy/examples/|](examples/|g' \
	    -e 's|\[\([^]]*\)\](\.\./[^)]*)|\1|g' $(notdir $(dist_doc_DATA))
