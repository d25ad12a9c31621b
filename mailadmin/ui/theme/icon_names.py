"""The icons Mail Admin uses, by what they mean. Values are file names of the Lucide set."""

from __future__ import annotations

from enum import StrEnum


class IconName(StrEnum):
    """One icon. Two meanings may share a file, so look members up by name, not by value."""

    # what an action does
    ADD = "plus"
    EDIT = "pencil"
    DELETE = "trash-2"
    ENABLE = "power"
    DISABLE = "power-off"
    TEST = "plug-zap"
    SEND_NOW = "send"
    HOLD = "hand"
    RELEASE = "step-forward"
    NEW_MESSAGE = "mail-plus"
    IMPORT = "file-input"
    EXPORT = "file-down"
    PAUSE = "pause"
    RESUME = "play"
    RESEND = "repeat"
    UNDO = "undo-2"
    COPY = "copy"
    REFRESH = "refresh-cw"
    SEARCH = "search"
    RESET_FILTERS = "funnel-x"
    COLUMNS = "columns-3"
    BROWSE = "folder-open"
    ATTACHMENT = "paperclip"
    REVEAL = "eye"
    HIDE = "eye-off"
    CLOSE = "x"
    DETAILS = "scroll-text"
    HISTORY = "history"
    PREVIOUS = "chevron-up"
    NEXT = "chevron-down"
    SAVE = "save"
    SEND_ON = "forward"
    TO_TOP = "arrow-up"
    SETTINGS = "settings"
    ABOUT = "info"
    QUIT = "log-out"

    # what kind of thing something is
    MAIL = "mail"
    SERVER = "server"
    LIST = "list"
    KEY = "key-round"
    LOCK = "lock"
    CERTIFICATE = "shield-check"
    DATABASE = "database"

    # the state of something
    OK = "check"
    FAIL = "x"
    WARNING = "triangle-alert"
    INFO = "info"
    QUEUED = "clock"
    DEFERRED = "timer"
    IN_PROGRESS = "loader"
    WAITING = "hourglass"
    UNCERTAIN = "circle-question-mark"
    HELD = "hand"
    FAILED = "circle-x"
    SUCCESS = "circle-check"
    PAUSED = "circle-pause"
    OFF = "circle-off"
    OFFLINE = "wifi-off"
    SKIPPED = "minus"
    DOT = "circle"


APPLICATION_ICON = "mailadmin"
"""File name of the program's own icon, drawn for Mail Admin and not part of Lucide."""
