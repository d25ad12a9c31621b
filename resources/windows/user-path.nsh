; Adds a folder to the user's own PATH, and takes it away again. NSIS' variables end after 1024 characters, and a PATH
; may have 32767: cut off, it would break other programs. So the text stays in memory of the system's, and is written
; back only after it was read in full.
;
;   Push FOLDER
;   Call AddToUserPath       ; or un.RemoveFromUserPath, RemoveFromUserPath
;   Pop $0                   ; 1: PATH was changed, 0: it stays as it was

!include LogicLib.nsh
!include WinMessages.nsh

!define PATH_BYTES 131072 ; twice what Windows allows, for what is added
!define PATH_READ_BYTES 65536
!define HKCU_HANDLE 0x80000001
!define READ_AS_IT_IS 0x10000006 ; RegGetValue: REG_SZ or REG_EXPAND_SZ, and %NAMES% stay names
!define EXPANDABLE 2 ; REG_EXPAND_SZ
!define NOT_FOUND 2 ; ERROR_FILE_NOT_FOUND

; In: the folder on the stack. Then $0 is the folder, $1 a buffer with PATH between two semicolons, $2 its length in
; characters, $3 its type in the registry, $4 zero if it could be read, $5 where ";FOLDER;" is in the buffer (0: not).
!macro ReadUserPath
    Exch $0
    Push $1
    Push $2
    Push $3
    Push $4
    Push $5
    Push $6
    System::Alloc ${PATH_BYTES}
    Pop $1
    StrCpy $3 ${EXPANDABLE}
    IntPtrOp $6 $1 + 2
    System::Call 'advapi32::RegGetValueW(p ${HKCU_HANDLE}, w "Environment", w "Path", i ${READ_AS_IT_IS}, \
        *i . r3, p r6, *i ${PATH_READ_BYTES}) i .r4'
    ${If} $4 = ${NOT_FOUND}
        StrCpy $3 ${EXPANDABLE}
        StrCpy $4 0 ; the buffer is empty, as is the PATH
    ${EndIf}
    System::Call 'kernel32::RtlMoveMemory(p r1, w ";", p 2)'
    System::Call 'kernel32::lstrcatW(p r1, w ";")'
    System::Call 'kernel32::lstrlenW(p r1) i .r2'
    System::Call 'shlwapi::StrStrIW(p r1, w ";$0;") p .r5'
!macroend

; Writes what is in the buffer from $6 on, up to its end.
!macro WriteUserPath
    System::Call 'kernel32::lstrlenW(p r6) i .r2'
    ${If} $2 = 0
        DeleteRegValue HKCU "Environment" "Path"
    ${Else}
        IntOp $2 $2 + 1
        IntOp $2 $2 * 2
        System::Call 'advapi32::RegSetKeyValueW(p ${HKCU_HANDLE}, w "Environment", w "Path", i r3, p r6, i r2) i .r4'
    ${EndIf}
    ; Programs that are started from now on know of it.
    SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=5000
!macroend

!macro LeaveUserPath Changed
    System::Free $1
    StrCpy $0 ${Changed}
    Pop $6
    Pop $5
    Pop $4
    Pop $3
    Pop $2
    Pop $1
    Exch $0
!macroend

Function AddToUserPath
    !insertmacro ReadUserPath
    ${If} $4 <> 0
    ${OrIf} $5 P<> 0
        !insertmacro LeaveUserPath 0
        Return
    ${EndIf}
    ; ";PATH;" and the folder make "PATH;FOLDER" from the second character on; an empty PATH is ";;".
    ${If} $2 = 2
        IntPtrOp $6 $1 + 4
    ${Else}
        IntPtrOp $6 $1 + 2
    ${EndIf}
    System::Call 'kernel32::lstrcatW(p r1, w r0)'
    !insertmacro WriteUserPath
    !insertmacro LeaveUserPath 1
FunctionEnd

!macro RemoveFromUserPath un
    Function ${un}RemoveFromUserPath
        !insertmacro ReadUserPath
        ${If} $4 <> 0
        ${OrIf} $5 P= 0
            !insertmacro LeaveUserPath 0
            Return
        ${EndIf}
        StrLen $2 ";$0"
        IntOp $2 $2 * 2
        ${Do}
            ; What follows ";FOLDER" moves to its place, with the zero at the end.
            IntPtrOp $6 $5 + $2
            System::Call 'kernel32::lstrlenW(p r6) i .r4'
            IntOp $4 $4 + 1
            IntOp $4 $4 * 2
            System::Call 'kernel32::RtlMoveMemory(p r5, p r6, p r4)'
            System::Call 'shlwapi::StrStrIW(p r1, w ";$0;") p .r5'
        ${LoopUntil} $5 P= 0
        ; Without the semicolons that ReadUserPath put around it.
        System::Call 'kernel32::lstrlenW(p r1) i .r2'
        ${If} $2 > 1
            IntOp $2 $2 - 1
            IntOp $2 $2 * 2
            IntPtrOp $6 $1 + $2
            System::Call '*$6(&i2 0)'
        ${EndIf}
        IntPtrOp $6 $1 + 2
        !insertmacro WriteUserPath
        !insertmacro LeaveUserPath 1
    FunctionEnd
!macroend
!insertmacro RemoveFromUserPath ""
!insertmacro RemoveFromUserPath "un."
