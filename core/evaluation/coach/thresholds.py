"""All thresholds of the coach in one place, each with its reason.

Most are multiples of a noise that is estimated from the run itself (`noise`), so that a smooth curve of many
images is judged strictly and a rough one of few images leniently. Those that are plain numbers were chosen so
that the recorded healthy runs in tests/curves stay silent at every epoch, and say so here.
"""

from typing import Final

# --- noise -------------------------------------------------------------------------------------------------
SIGMAS: Final = 3.0  # of epoch-to-epoch noise: by chance once in 700 normal draws
RECENT: Final = 3  # epochs whose median stands for "now": one outlier among them does not count
TREND_SIGMAS: Final = 4.0  # of a slope: epochs are not independent, so one more than usual
PAIRED: Final = 0.5  # two epochs are judged on the same images, whose luck cancels in part; half is cautious

# --- over-fitting ------------------------------------------------------------------------------------------
OVER_EPOCHS: Final = 6  # after the best one; a recorded healthy run had a bad spell of four
OVER_RISE: Final = 0.05  # of the best loss, at least: less does no harm, for the best epoch is kept anyway
OVER_LASTING: Final = 0.9  # of the later two thirds are worse by that: a bad spell ends, this does not
OVER_LUCK: Final = 2.0  # sigmas by which the lowest of many smoothed epochs lies too low by chance
OVER_FALL: Final = 0.1  # of the training loss meanwhile: without it nothing is learned by heart
OVER_KNOWN: Final = 0.9  # of guessing: a training loss above it knows nothing by heart yet
OVER_DONE: Final = 0.1  # of guessing: a validation loss that ends below it does no harm, whatever it was
OVER_HEART: Final = 0.25  # of guessing: a training loss below it, and half of what it was, is known by heart
OVER_HEART_SIGMAS: Final = 0.5  # times the noise that is asked for then: the training side says it already

# --- learning rate too high --------------------------------------------------------------------------------
HIGH_STEPS: Final = 4  # lines of the training loss, half an epoch: the first tells where it began
HIGH_EARLY: Final = 3  # epochs of a stretch that count as its beginning
HIGH_JUMP: Final = 2.0  # times guessing: images that are answered worse than by not looking at them
HIGH_JUMP_SIGMAS: Final = 4.0  # above it, for groups of few images
HIGH_JUMPS: Final = 2  # groups: one may be a hard batch
HIGH_EPOCHS: Final = 6  # for growth: the median of the last three is then apart from the beginning
HIGH_SWING_EPOCHS: Final = 8  # for swings: of six epochs, 1 in 100 made healthy runs seemed too rough
HIGH_GROWTH: Final = 1.15  # times guessing, at the end; recorded healthy runs stayed below 0.98
HIGH_SWING: Final = 0.1  # of its level, the epoch-to-epoch noise of a training loss that does not fall
HIGH_FALL: Final = 0.1  # a training loss that fell by a tenth learns, however much it jumps about

# --- learning rate too low ---------------------------------------------------------------------------------
LOW_EPOCHS: Final = 6  # for a slope with its error
LOW_WINDOW: Final = 8  # epochs, at least, for the slope of the second half
LOW_SHARE: Final = 0.75  # of the epochs asked for: earlier, recorded slow starts still turned out well
LOW_FALL: Final = 0.2  # of the first training loss: recorded healthy runs lost more, or fell faster
LOW_RATE: Final = 0.5  # of the highest learning rate: slower by the schedule's wish is not too slow
LOW_PACE: Final = 3.0  # times the epochs asked for, that the loss would take to halve at its present pace
LOW_LEFT: Final = 0.9  # of guessing: above it, a rate that is low for its optimizer is blamed at any pace

# --- under-fitting -----------------------------------------------------------------------------------------
UNDER_EPOCHS: Final = 8  # recorded healthy runs left guessing by epoch 6
UNDER_LOSS: Final = 0.97  # of the loss of guessing: above it, next to nothing was learned
UNDER_SIGMAS: Final = 2.0  # of AUROC around 0.5: within it the ranking is as good as chance

# --- plateau -----------------------------------------------------------------------------------------------
PLATEAU_EPOCHS: Final = 20  # since anything improved: below, patience of usual length still has sense
PLATEAU_SHARE: Final = 0.5  # of the stretch: the flat end of a long run is what a run should end with
PLATEAU_RATE: Final = 0.1  # of the highest learning rate: below, a schedule has made it flat on purpose
PLATEAU_DONE: Final = 0.8  # of the loss of guessing: below, a flat end is mostly all that there was to learn
PLATEAU_DONE_FROZEN: Final = 0.1  # the same where the body is frozen, which alone may hold the rest back
PLATEAU_FALL: Final = 0.02  # of the loss of guessing, by which the training loss may still fall meanwhile

# --- a class never predicted -------------------------------------------------------------------------------
NEVER_EPOCHS: Final = 5  # in a row, for a rare class
NEVER_EPOCHS_COMMON: Final = 10  # for a class that is not rare: recorded healthy runs began with up to 6
NEVER_RUN: Final = 0.25  # of the epochs asked for: a long run may take its time to find a rare class
RARE: Final = 0.5  # of an equal share: a class with less is rare

# --- validation better than training -----------------------------------------------------------------------
BETTER_EPOCHS: Final = 7  # in a row: of five, a healthy run on real films had a spell by chance
BETTER_SIGMAS: Final = 2.0  # of the difference of two means, each of other images
BETTER_FLOOR: Final = 0.05  # of the loss of guessing: a training loss below is too small for shares of it
BETTER_SHARE: Final = 0.9  # of the training loss: a tenth less is less than augmentation explains
BETTER_SHARE_MADE_HARD: Final = 0.75  # where the config makes training images harder than validation images

# --- too few samples ---------------------------------------------------------------------------------------
FEW_EPOCHS: Final = 8  # so that the curve had time to move
FEW_SHARE: Final = 0.5  # of the epochs asked for: of 200 slow made curves, 8 looked like chance at epoch 8
FEW_WIDTH: Final = 0.3  # of the 95 % interval of accuracy; with more images, little movement has other causes
FEW_WIDEST: Final = 0.4  # above it (some 15 images) a ranking may look well by chance too
FEW_SIGMAS: Final = 2.0  # of AUROC around 0.5: outside it the ranking tells more than accuracy does

# --- unstable batch norm -----------------------------------------------------------------------------------
NORM_BATCH: Final = 8  # at most: from 16 on batch norm loses little accuracy (arXiv:1803.08494, figure 1)
NORM_EPOCHS: Final = 6
NORM_JUMP: Final = 1.5  # times the median of the epochs around it
NORM_JUMPS: Final = 2
NORM_TIMES: Final = 3.0  # the validation loss is so many times rougher than the training loss

MOST_FINDINGS: Final = 3  # shown at once: more would not be read
