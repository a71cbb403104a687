"""Imports decks into a new collection, one after the other, with Anki's own library, and prints what came of each as JSON.

The pages of flashcards that hold the decks are named on the command line. Between two imports each new card is answered once, so that there
is a history to lose.
"""

import base64
import json
import re
import sys
import tempfile
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.import_export_pb2 import IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS as ALWAYS


def main():
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(str(Path(folder, "collection.anki2")))
        results = []
        for page in sys.argv[1:]:
            deck = Path(folder, "deck.apkg")
            deck.write_bytes(deck_in(page))
            options = ImportAnkiPackageOptions(update_notes=ALWAYS, update_notetypes=ALWAYS)
            log = collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(deck), options=options)).log
            results.append(
                {
                    "new": len(log.new),
                    "updated": len(log.updated),
                    "duplicate": len(log.duplicate),
                    "conflicting": len(log.conflicting),
                    "cards": collection.card_count(),
                    "reviewed": len(collection.find_cards("-is:new")),
                    "fronts": sorted(collection.get_note(it)["Front"] for it in collection.find_notes("")),
                }
            )
            answer_all(collection)
        collection.close()
    print(json.dumps(results))


def deck_in(page):
    found = re.search(r'href="data:application/octet-stream;base64,([^"]*)"', Path(page).read_text(encoding="utf-8"))
    return base64.b64decode(found[1])


def answer_all(collection):
    for deck in collection.decks.all_names_and_ids():
        collection.decks.select(deck.id)
        while True:
            card = collection.sched.getCard()
            if card is None or card.reps:
                break
            collection.sched.answerCard(card, 3)


main()
