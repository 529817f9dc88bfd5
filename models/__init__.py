"""What is on this photo? Reading, face detection and the trained networks; knows no explanations and no screen."""

from models.analysis import Analysis, analyse
from models.cards import Card, CardError, list_cards, load_card
from models.detection import Face
from models.emotion import EXPRESSIONS
from models.images import ImageError, load_image
from models.networks import load_network
from models.pose.people import Person

__all__ = [
    "EXPRESSIONS",
    "Analysis",
    "Card",
    "CardError",
    "Face",
    "ImageError",
    "Person",
    "analyse",
    "list_cards",
    "load_card",
    "load_image",
    "load_network",
]
