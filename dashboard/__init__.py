"""The app: it joins `interp`, which explains networks, and `models`, which knows faces and people.

One meaning a word: an *expression* is what a network reads on a face, "emotion" is only a network's name; a *detector*
finds the faces on a photo, *detection* is the kind of its network; a *task* is a kind of network, a *view* what a
network is shown, a *lens* a way in which a page shows its subject, a *tab* one part of the Networks page.
"""
