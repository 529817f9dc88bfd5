"""What is on this photo? Reading, face detection and the trained networks; knows no explanations and no screen.

Two pairs of words have one rule each. *Expression* is what is read on a face, and the task of reading it; *emotion* is
the family of networks that does so, and the field of a face that holds its probabilities. *Detection* is the task of
finding faces; a *detector* is a thing that does so, as a network or a cascade.
"""

from models.analysis import Analysis, analyse
from models.cards import Card, CardError, list_cards, load_card
from models.detection import Face
from models.emotion import EXPRESSIONS
from models.images import ImageError, load_image
from models.networks import WeightsError, load_network
from models.pose.people import Person

__version__ = "0.1.0"

__all__ = [
    "EXPRESSIONS",
    "Analysis",
    "Card",
    "CardError",
    "Face",
    "ImageError",
    "Person",
    "WeightsError",
    "analyse",
    "list_cards",
    "load_card",
    "load_image",
    "load_network",
]
