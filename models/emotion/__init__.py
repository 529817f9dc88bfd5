"""The expression on a face: `predict`, seven probabilities by a network of the emotion family."""

from models.emotion.inference import (
    DEFAULT,
    EXPRESSIONS,
    PLACES,
    SIZE,
    SMALLEST_SHARE,
    align,
    compile_pass,
    list_networks,
    name_expression,
    predict,
)
