"""The recipes of the tutorial clinic. Order is display order; add one by an entry here.

Each stands in widely copied tutorials. The code is as short as a tutorial's; what runs is in `builder`.
"""

from typing import Final

from core.experiments.clinic.records import Recipe
from core.language import N_

RECIPES: Final[dict[str, Recipe]] = {
    "by_the_mean": Recipe(
        name="by_the_mean",
        title=N_("Dividing by the mean"),
        wrong="mean = train.mean()\nimages = (images - mean) / mean",
        right="mean, std = train.mean(), train.std()\nimages = (images - mean) / std",
        why=N_(
            "To standardise is to divide by the standard deviation, so that the values spread by 1 whatever"
            " the images. The mean says how bright they are, the variance has the wrong unit; divided by"
            " either, the spread depends on the scanner."
        ),
        measured=N_("The default task, trained with both kinds of input."),
        effect="harm",
        seconds=80,
        source="LeCun et al. 1998, Efficient BackProp, 4.3",
        builder="core.experiments.clinic.network_input:by_the_mean",
    ),
    "flipped_chests": Recipe(
        name="flipped_chests",
        title=N_("Flipping chests"),
        wrong="augment = Compose([RandomHorizontalFlip(), ToTensor()])",
        right="augment = Compose([ToTensor()])  # left stays left",
        why=N_(
            "A chest has a left and a right: the heart, the side marker, and every question with a side in"
            " it. A mirrored film shows a patient who does not exist, and its label may no longer be true."
        ),
        measured=N_("'On which side is the finding?', trained with and without mirror images."),
        effect="harm",
        seconds=45,
        source="Flips of chest films are in print: CheXNet, arXiv:1711.05225",
        builder="core.experiments.clinic.flipping:flipped_chests",
    ),
    "jpeg_first": Recipe(
        name="jpeg_first",
        title=N_("8-bit JPEG first"),
        wrong=(
            "pixels = dicom.pixel_array / 16  # 4,096 levels become 256\n"
            "imsave('film.jpg', pixels.astype('uint8'))\n"
            "image = window(16.0 * imread('film.jpg'), center, width)"
        ),
        right="image = window(dicom.pixel_array, center, width)  # 12 bits, then the window",
        why=N_(
            "A film has 4,096 grey levels, a JPEG 256, and most of them lie outside the window that shows"
            " the lungs. What is rounded away before the window is set does not come back; the compression"
            " takes fine detail with it."
        ),
        measured=N_(
            "Films with faint findings, simulated with 12 bits, trained with and without the detour."
        ),
        effect="harm",
        seconds=120,
        source="DICOM PS3.3 C.11.2: the window is applied to the stored values",
        builder="core.experiments.clinic.network_input:jpeg_first",
    ),
    "by_the_test_films": Recipe(
        name="by_the_test_films",
        title=N_("Statistics from the test split"),
        wrong="mean, std = test.mean(), test.std()\nimages = (images - mean) / std",
        right="mean, std = train.mean(), train.std()  # the test uses them too",
        why=N_(
            "What is fitted on the test images has seen the test. With two numbers it hardly matters, and"
            " nobody can tell; with a hundred chosen features it matters a lot. And a single new patient"
            " has no test split to take statistics from."
        ),
        measured=N_("The default task, standardised by the test films or by the training films."),
        effect="flattery",
        seconds=80,
        source="Kaufman et al. 2012, doi:10.1145/2382577.2382579",
        builder="core.experiments.clinic.network_input:by_the_test_films",
    ),
    "choose_pixels_first": Recipe(
        name="choose_pixels_first",
        title=N_("Choosing features before the split"),
        wrong=(
            "best = SelectKBest(k=30).fit(pixels, labels)\n"
            "train, test = train_test_split(best.transform(pixels))"
        ),
        right=(
            "train, test = train_test_split(pixels)\n"
            "best = SelectKBest(k=30).fit(train, train_labels)  # never sees the test"
        ),
        why=N_(
            "Among thousands of pixels some go with any labels by chance. Chosen on all images, they go with"
            " the test labels too, and the test confirms what it has chosen itself."
        ),
        measured=N_("Labels drawn by lot for 100 films, 40 times: there is nothing to learn."),
        effect="flattery",
        seconds=20,
        source="Hastie et al. 2009, The Elements of Statistical Learning, 7.10.2",
        builder="core.experiments.clinic.choosing:choose_pixels_first",
    ),
    "stop_on_the_test": Recipe(
        name="stop_on_the_test",
        title=N_("Stopping on the test set"),
        wrong="best = max(evaluate(network, test) for network in epochs)\nprint('test AUROC', best)",
        right=(
            "kept = max(epochs, key=lambda network: evaluate(network, val))\n"
            "print('test AUROC', evaluate(kept, test))  # once, at the end"
        ),
        why=N_(
            "Each look at the test set finds an epoch that happens to suit it. The best of many scores is"
            " higher than the truth, even where all epochs are equally good."
        ),
        measured=N_("Three trainings, and 200 ways to deal held-out patients into validation and test."),
        effect="flattery",
        seconds=70,
        source="Hastie et al. 2009, The Elements of Statistical Learning, 7.2",
        builder="core.experiments.clinic.stopping:stop_on_the_test",
    ),
    "softmax_twice": Recipe(
        name="softmax_twice",
        title=N_("Softmax before cross-entropy"),
        wrong="logits = softmax(network(images), dim=1)\nloss = CrossEntropyLoss()(logits, labels)",
        right="logits = network(images)  # CrossEntropyLoss has the softmax inside",
        why=N_(
            "The loss takes a softmax of its own. Applied twice, no answer can be surer than 73 %, the"
            " gradient fades where it is needed, and the network learns slowly."
        ),
        measured=N_("The default task, trained with one softmax and with two."),
        effect="harm",
        seconds=80,
        source="PyTorch, torch.nn.CrossEntropyLoss: the input holds logits",
        builder="core.experiments.clinic.loss:softmax_twice",
    ),
    "accuracy_alone": Recipe(
        name="accuracy_alone",
        title=N_("Accuracy alone"),
        wrong="print('accuracy', (predicted == labels).mean())",
        right=(
            "print('sensitivity', predicted[labels == 1].mean())\n"
            "print('specificity', 1 - predicted[labels == 0].mean())"
        ),
        why=N_(
            "Where one patient in ten is ill, 'nobody is ill' has an accuracy of 90 % and helps nobody."
            " Sensitivity and specificity, or the AUROC, do not depend on how many are ill."
        ),
        measured=N_("Findings made rare, one film in ten; both scores of the same answers."),
        effect="flattery",
        seconds=40,
        source="Altman and Bland 1994, doi:10.1136/bmj.308.6943.1552",
        builder="core.experiments.clinic.accuracy:accuracy_alone",
    ),
}
