"""The numbers by which people are looked for on a photo: what each means, its unit, and where it comes from.

Lengths are in heads (neck to head top, as Leeds Sports Pose labels them: from a little below the chin to a little below
the top of the hair) or in torsos (left shoulder to right hip). Sources:

- "LSP": the median of people of Leeds Sports Pose (Johnson and Everingham 2010).
- "tuning": chosen on the tuning people, a tenth of its training part.
- "samples": chosen on the sample photos, where joints were marked by hand; expect near portraits of other photos to be
  found less exactly. The last choice was the best of some 450 random settings, for the network of 83.2 %.
- "kept": chosen on people and photos kept from the training of the detector's second head, pasted together
  (`models.detection.training.people.evaluation`) and as they are.
- "judgement": set when people were first looked for, and never shown to be wrong.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class FirstLook:
    """A square that may hold the person whose face was found.

    Attributes:
        side: of the square, in heads.
        below: how far its centre lies below the centre of the head, in heads.
        pixels_a_head: how many pixels of the photo a head is shown with, where it is near.
        is_portrait: whether it shows little more than head and shoulders. Defaults to False.
    """

    side: float
    below: float
    pixels_a_head: float
    is_portrait: bool = False


@dataclass(frozen=True)
class Looks:
    """How people are looked for.

    Attributes:
        head_of_face: length of a head over the square root of the area of its face's box. Judgement.
        torso_of_head: length of a torso in heads. LSP.
        torso_of_extent: length of a torso over the larger side of the box around all joints. LSP.
        first: the squares that are tried for a face: two portraits, a bust with elbows, an upper body with hips, and a
            whole body. The whole body's side and place are LSP's, of 671 upright people; the others and the pixels are
            chosen on samples, the upper body's on tuning (two points more on pictures cut below the hips).
        near_head: pixels. A larger head is shown with fewer pixels than the photo has, because people of the training
            have heads of 11 to 26 pixels and sharper ones mislead the network. Twice the largest of these.
        sure_look: mean confidence of the joints drawn after a first look, from which there is no closer one. Half of
            LSP's tuning and validation people are that sure; 0.3 points of their joints are lost, at 0.85 it is 0.6.
        close_square: heads. A closer look at a square smaller than this is shown with few pixels too. Samples.
        close_pixels: pixels a head, of such a look. Samples.
        smallest_square: heads, the least side of a closer look: that of the smallest half bodies of the training.
        least_inside: share of a square's area that must lie on the photo for the square to be tried. Portraits are
            tried anyway. Judgement.
        tilted: degrees. Where a face is turned further, squares turned with it are tried as well. Judgement.
        upright_bonus: factor on the score of a square that is not turned; people are seldom turned. Judgement.
        worse: a closer look that scores less than this share of the first look has been misled: the first square is
            looked at again, with its mirror image, and the better of the two answers kept. Judgement; without it a
            point is lost on pictures cut below the hips.
        usual_miss: heads, by which the joints of a head usually miss the head of the face. Judgement.
        farthest_miss: heads. A head that misses by more is not that of the face. Judgement.
        same_face: heads. Faces nearer to each other than this are one face found twice. Judgement.
        believed_portrait: a portrait is believed if its head lies so near to the face that it keeps this share of its
            score, which is a third of a head. Judgement.
        sure_shoulder: confidence from which a believed portrait's shoulder speaks against other looks. Samples.
        other_shoulder: heads. A shoulder farther than this from the portrait's is contradicted by it. Samples.
        doubt: factor on the score of a look with a contradicted shoulder. Samples: at 0.8 the network of 80.5 % set a
            shoulder of the tilted sample on the ring of the suit, so a test holds that sample.
        most_faces: number of faces, the largest, that are looked at; bounds the time that a crowd takes.
        most_bodies: number of bodies without a face, the surest, that are looked at, for the same reason.
        least_body: longer side of a body without a face, over the photo's: smaller ones are not looked at. The smallest
            people of the measurements have 0.12 (`models.detection.training.people.evaluation`), and a tenth less is
            seen of some. Kept: half a person in a hundred is lost at 0.12.
        least_of_largest: the same over the photo's largest body. Kept: at 0.2, one person in a hundred is lost. Not
            less, since on the astronaut the hinge of the helmet looks like somebody 0.16 times her size.
        body_sides: sides of the squares tried for a body, over its box's longer side. The box has the margin that
            `models.detection.training.people` gives it, so the first is the square that the pose network is trained on.
        box_sides: sides of the squares tried for a box by hand, over its longer side. Judgement.
        box_margin: over its longer side; joints up to so far outside of a box by hand count. Judgement.
        off_photo: factor on the confidence of a joint beyond the photo's edge, where nobody can see it. Judgement.
        least_joints: number of drawn joints without which there is nobody. Judgement.
        least_joints_without_face: the same for a person whom no face stands for. Kept.
        evidence: of such a person, the weights of the log odds that the detector sees a body, of the mean confidence of
            all joints, and of the intersection over union of the joints' box and the body's; and a constant. They sum
            up to the log odds of a person. Kept: a logistic regression over 1,007 people and 721 other bodies.
        least_chance: probability of such a person, by the evidence. Kept: 80 % of the people are found, and 88 % of
            those found are somebody.
        least_first_evidence: of a first look at such a body, from which there is a closer one: its score times the mean
            confidence of all joints. Kept: nobody with less was found in the end.
        same_person: torsos. Two looks show one person if the median distance of the joints that both see is at most
            this. Judgement.
    """

    head_of_face: float = 1.6
    torso_of_head: float = 2.5
    torso_of_extent: float = 0.36

    first: tuple[FirstLook, ...] = field(
        default=(
            FirstLook(2.6, 0.4, 15.5, is_portrait=True),
            FirstLook(3.0, 0.4, 15.5, is_portrait=True),
            FirstLook(3.8, 0.9, 17.5),
            FirstLook(5.0, 1.4, 9.0),
            FirstLook(9.1, 3.0, np.inf),
        )
    )
    near_head: float = 52.0
    sure_look: float = 0.9
    close_square: float = 4.2
    close_pixels: float = 16.0
    smallest_square: float = 2.4
    least_inside: float = 0.35
    tilted: float = 25.0
    upright_bonus: float = 1.15
    worse: float = 0.9

    usual_miss: float = 0.5
    farthest_miss: float = 1.0
    same_face: float = 0.5
    believed_portrait: float = 0.8
    sure_shoulder: float = 0.56
    other_shoulder: float = 0.4
    doubt: float = 0.75

    most_faces: int = 40
    most_bodies: int = 20
    least_body: float = 0.11
    least_of_largest: float = 0.18
    body_sides: tuple[float, float] = (1.16, 1.4)
    box_sides: tuple[float, float] = (1.0, 1.25)
    box_margin: float = 0.1
    off_photo: float = 0.2
    least_joints: int = 3
    least_joints_without_face: int = 4
    evidence: tuple[float, float, float, float] = (3.2, 4.2, 2.6, -2.5)
    least_chance: float = 0.3
    least_first_evidence: float = 0.1
    same_person: float = 0.25


LOOKS = Looks()
"""The numbers that are used."""
