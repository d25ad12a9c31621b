"""The welcome: three steps above the tables, which stay usable, until a message was sent."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mailadmin.ui.theme.icon_names import IconName
from mailadmin.ui.theme.icons import Icons
from mailadmin.ui.theme.status_colors import Role, banner_color
from mailadmin.ui.welcome.step import WelcomeStep
from mailadmin.ui.welcome.steps import Steps
from mailadmin.ui.words.cell_text import one_line

_NARROW = 75  # average characters; in a narrower panel the buttons are below their steps
_LEAST_LINES = 5
_SHARE = 0.6  # of the window's height, at most; the rest is scrolled


class WelcomePanel(QScrollArea):
    """As high as its texts need at its width. Its buttons emit signals and do nothing else."""

    addWanted = Signal()
    testWanted = Signal()
    sendWanted = Signal()
    demoWanted = Signal()
    closeWanted = Signal()

    def __init__(self, icons: Icons, window: QWidget) -> None:
        """The panel fits its height into a part of the height of `window`, which contains it."""
        super().__init__(window)
        self._window = window
        self._icons = icons
        self._steps = Steps()
        self._wanted = 0  # pixels of height
        self.setObjectName("welcomePanel")
        self.setAccessibleName(self.tr("Welcome"))
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setWidgetResizable(True)
        self.setFocusPolicy(
            Qt.FocusPolicy.NoFocus
        )  # its buttons have the focus, and are scrolled to
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._inner = QWidget(self)
        self._inner.setAutoFillBackground(True)
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(12, 8, 8, 8)
        self._column.addLayout(self._make_top())
        self._make_steps()
        self._column.addLayout(self._make_bottom())
        self.setWidget(self._inner)
        self._inner.installEventFilter(self)
        window.installEventFilter(self)
        icons.changed.connect(self._follow_palette)
        self._follow_palette()
        self.show_steps(Steps())

    # construction -------------------------------------------------------------------------------

    def _make_top(self) -> QHBoxLayout:
        self._heading = _text(self._inner, "welcomeHeading")
        font = self._heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        font.setBold(True)
        self._heading.setFont(font)
        self._lead = _text(self._inner, "welcomeLead")
        self._close = QToolButton(self._inner)
        self._close.setObjectName("welcomeCloseButton")
        self._close.setAutoRaise(True)
        self._close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._close.setToolTip(self.tr("Close; Help > Welcome shows it again"))
        self._close.setAccessibleName(self.tr("Close the welcome"))
        self._icons.put(self._close, IconName.CLOSE)
        self._close.clicked.connect(self.closeWanted)
        words = QVBoxLayout()
        words.addWidget(self._heading)
        words.addWidget(self._lead)
        top = QHBoxLayout()
        top.addLayout(words, 1)
        top.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        return top

    def _make_steps(self) -> None:
        add, test, send = (
            WelcomeStep(self._icons, number, key, title, self._inner)
            for number, (key, title) in enumerate(
                (
                    ("add", self.tr("Add a provider")),
                    ("test", self.tr("Test the connection")),
                    ("send", self.tr("Send a test message to yourself")),
                ),
                1,
            )
        )
        add.name_button(self.tr("&Add a provider…"), IconName.ADD)
        test.name_button(self.tr("&Test connection…"), IconName.TEST)
        send.name_button(self.tr("Send a test &message…"), IconName.SEND_NOW)
        add.button.clicked.connect(self.addWanted)
        test.button.clicked.connect(self.testWanted)
        send.button.clicked.connect(self.sendWanted)
        self.steps = (add, test, send)
        for step in self.steps:
            self._column.addWidget(step)

    def _make_bottom(self) -> QHBoxLayout:
        self._note = _text(self._inner, "welcomeNote")
        self._demo = QPushButton(self.tr("Look at the &demo"), self._inner)
        self._demo.setObjectName("welcomeDemoButton")
        self._demo.setFlat(True)
        self._demo.setAutoDefault(False)
        self._demo.setToolTip(
            self.tr("Another window with mail in it that nobody gets; no account is needed")
        )
        self._demo.clicked.connect(self.demoWanted)
        bottom = QHBoxLayout()
        bottom.addWidget(self._note, 1)
        bottom.addWidget(self._demo, 0, Qt.AlignmentFlag.AlignTop)
        return bottom

    def tab_order(self) -> list[QWidget]:
        """Return the controls in the order of the Tab key; those that lead away come last."""
        return [*(step.button for step in self.steps), self._demo, self._close]

    # showing ------------------------------------------------------------------------------------

    def show_steps(self, steps: Steps) -> None:
        """Show which steps are done, and which is next."""
        had_focus = self.isAncestorOf(self.window().focusWidget())
        moved_on = steps.done != self._steps.done
        self._steps = steps
        provider = steps.provider
        caption = "" if provider is None else one_line(provider.caption)
        if steps.finished:
            self._heading.setText(self.tr("You're set up"))
            self._lead.setText(
                self.tr(
                    "Write a message, drop .eml files on the window, or have programs hand in "
                    "mail with “mailadmin enqueue”. Queue and Log tell what becomes of it."
                )
            )
        else:
            self._heading.setText(self.tr("Welcome to Mail Admin"))
            self._lead.setText(self.tr("Three steps, and your mail is on its way."))
        sentences = (
            self.tr("The SMTP service you send through. You need its host, user name and password.")
            if provider is None
            else self.tr("“{provider}” sends as {address}.").format(
                provider=caption, address=provider.send_from
            ),
            self.tr("The server accepts your user name, password and sender address.")
            if steps.proved
            else self.tr("Connect and sign in as for sending; nothing is sent."),
            self.tr("A server has accepted a message of yours.")
            if steps.sent
            else self.tr("See that it arrives, or what the server says against it."),
        )
        for index, (step, sentence) in enumerate(zip(self.steps, sentences, strict=True)):
            step.show_state(
                sentence,
                done=steps.done[index],
                now=steps.next == index,
                possible=index == 0 or provider is not None,
            )
        self._note.setText(
            self.tr(
                "Passwords are kept in the keyring of your operating system and nowhere else: not "
                "in the database, a file or a log."
            )
        )
        self._demo.setVisible(provider is None)
        if had_focus and moved_on:
            self.focus_next()
        if moved_on:
            self.announce()

    def announce(self) -> None:
        """Have a screen reader read the present step."""
        step = self._steps.next
        said = [self._heading.text()]
        said.append(self._lead.text() if step is None else self.steps[step].accessibleName())
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, ". ".join(said)))

    def focus_next(self) -> None:
        """Set the focus on the button of the step to be done now."""
        step = self._steps.next
        target = self._close if step is None else self.steps[step].button
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    # its size -----------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Adjust the height when the window or the texts change."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        """Return the height that the texts need, within the limit set by the window's height."""
        return QSize(super().sizeHint().width(), self._wanted)

    def minimumSizeHint(self) -> QSize:
        """Return a few lines' height, for a window in which the tables need the rest."""
        return QSize(0, self.fontMetrics().lineSpacing() * _LEAST_LINES)

    def _fit(self) -> None:
        width = self.viewport().width()
        narrow = width < self.fontMetrics().averageCharWidth() * _NARROW
        for step in self.steps:
            step.set_narrow(narrow)
        frame = self.height() - self.viewport().height()
        most = max(round(self._window.height() * _SHARE), self.minimumSizeHint().height())
        wanted = min(self._column.totalHeightForWidth(width) + frame, most)
        if wanted != self._wanted:
            self._wanted = wanted
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Adjust the height to another font, the background to another palette."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._follow_palette()

    def _follow_palette(self) -> None:
        size = max(16, self.fontMetrics().height())
        self._close.setIconSize(QSize(size, size))
        palette = QPalette(self._inner.palette())
        palette.setColor(QPalette.ColorRole.Window, banner_color(self._icons.palette, Role.INFO))
        self._inner.setPalette(palette)


def _text(parent: QWidget, name: str) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
